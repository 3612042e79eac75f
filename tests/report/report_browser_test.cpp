// The report in a browser (report_browser.py): skipped where there is none.
#include "core/files.h"
#include "report/report.h"
#include "sample_report.h"
#include "support/catch.h"
#include "support/commands.h"

namespace seg {

TEST_CASE("a report in Chromium: two widths, dark and light, print, keyboard, no request",
          "[report]") {
  const auto sources = test::source_folder("tests/report/report_browser.py");
  if (sources.empty()) SEG_SKIP("the sources are not above this program");
  if (test::no_python()) SEG_SKIP("no python3 of 3.9 or later here");
  const test::TemporaryFolder folder;
  const char* kept = std::getenv("SEG_SCREENSHOTS");  // a folder to look at what the test saw
  const std::filesystem::path out = kept ? std::filesystem::path(kept) : folder.path;
  write_file(out / "report.html", report_html(test::sample_report()));
  write_file(out / "overlay.svg", overlay_svg(test::sample_case({40, 120, 120}, 15)));
  const test::Outcome outcome = test::run_command(
      "python3 -B '" + (sources / "tests/report/report_browser.py").string() + "' '" +
      (out / "report.html").string() + "' '" + (out / "overlay.svg").string() + "'");
  INFO(outcome.text);
  if (outcome.code == 77) SEG_SKIP("no Chromium or Chrome here (apt-get install chromium)");
  CHECK(outcome.code == 0);
}

}  // namespace seg
