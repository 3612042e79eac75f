// The report's page: its order, its words, and that text stays text.
#include "report/page_parts.h"
#include "report/report.h"
#include "sample_report.h"
#include "support/catch.h"
#include "support/commands.h"

#include <set>

namespace seg {
namespace {

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

// The values of an attribute in their order.
std::vector<std::string> values_of(const std::string& html, const std::string& attribute) {
  const std::string begin = " " + attribute + "=\"";
  std::vector<std::string> values;
  for (std::size_t at = 0; (at = html.find(begin, at)) != std::string::npos;) {
    at += begin.size();
    values.push_back(html.substr(at, html.find('"', at) - at));
  }
  return values;
}

}  // namespace

TEST_CASE("a report has its sections in order, the failures first", "[report]") {
  const std::string html = report_html(test::sample_report());
  std::size_t last = 0;
  for (const char* part : {"<h1>", ">2 failures<", ">Notes</h2>", ">Results</h2>", ">Charts</h2>",
                           ">Cases</h2>", ">Worst: case 15", ">Best: ", ">Configuration</h2>"}) {
    CAPTURE(part);
    const std::size_t at = html.find(part);
    REQUIRE(at != std::string::npos);
    CHECK(at > last);
    last = at;
  }
  CHECK(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
  CHECK(occurrences(html, "<h1") == 1);
  CHECK(occurrences(html, "<svg xmlns") == 4);
  CHECK(occurrences(html, "<main") == 1);
}

TEST_CASE("an empty report has no empty section", "[report]") {
  Report r;
  r.title = "Nothing";
  const std::string html = report_html(r);
  CHECK(html.find("<section") == std::string::npos);
  CHECK(html.find("<h2") == std::string::npos);
  r.failures = {"One."};
  CHECK(report_html(r).find("<h2>1 failure</h2>") != std::string::npos);
  r.charts = {{"Training", "No epoch is trained yet.", ""}};
  CHECK(report_html(r).find("<p>No epoch is trained yet.</p>") != std::string::npos);
}

TEST_CASE("hostile text stays text everywhere", "[report]") {
  const std::string html = report_html(test::sample_report());
  CHECK(occurrences(html, "<script") == 1);
  CHECK(occurrences(html, "</script") == 1);
  CHECK(html.find("alert(1)") != std::string::npos);
  CHECK(html.find('\x01') == std::string::npos);
  CHECK(html.find('\xfc') == std::string::npos);
  CHECK(html.find("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\\x01\\xfc\\u202e") !=
        std::string::npos);
  Report r;
  r.title = "</title><script>x</script>";
  r.tables = {{"\"><script>", "<i>", {"<b>", "</th>"}, {{"</td>", "&"}}, {}}};
  r.charts = {{"<u>", "\" onclick=\"x", "<svg/>"}};
  r.configuration = "</code></pre><script>";
  const std::string page = report_html(r);
  CHECK(occurrences(page, "<script") == 1);
  for (const char* tag : {"<i>", "<b>", "<u>", "</td></td>", "\" onclick"})
    CHECK(page.find(tag) == std::string::npos);
}

TEST_CASE("a page's ids are its own, and what refers to them finds them", "[report]") {
  const std::string html = report_html(test::sample_report());
  const std::vector<std::string> ids = values_of(html, "id");
  const std::set<std::string> different(ids.begin(), ids.end());
  CHECK(different.size() == ids.size());
  CHECK(different.contains("summary"));
  CHECK(different.contains("summary-2"));
  for (const std::string& id : values_of(html, "aria-labelledby")) CHECK(different.contains(id));
  for (const std::string& link : values_of(html, "href"))
    if (!link.starts_with("data:")) CHECK(different.contains(link.substr(1)));
}

TEST_CASE("tables have captions, heads with scope, numbers on the right, whole rows", "[report]") {
  Report r;
  r.tables = {{"t", "What it is", {"class", "DSC"}, {{"liver", "0.9"}, {"spleen"}}, {false, true}}};
  const std::string html = report_html(r);
  CHECK(html.find("<caption id=\"t-caption\">What it is</caption>") != std::string::npos);
  CHECK(html.find("<th scope=\"col\">class</th><th scope=\"col\" class=\"number\">DSC</th>") !=
        std::string::npos);
  CHECK(html.find("<tr><th scope=\"row\">liver</th><td class=\"number\">0.9</td></tr>") !=
        std::string::npos);
  CHECK(html.find("<th scope=\"row\">spleen</th><td class=\"number\"></td>") != std::string::npos);
}

TEST_CASE("a page asks for nothing and lets no other script run", "[report]") {
  const std::string html = report_html(test::sample_report());
  CHECK(html.find("default-src 'none'") != std::string::npos);
  CHECK(html.find(std::string("script-src '") + kPageScriptHash + "'") != std::string::npos);
  for (const char* route : {"<link", "src=", "@import", "url(", "https:", "fetch(", "//www"})
    CHECK(html.find(route, html.find("<meta name=\"viewport\"")) ==
          (std::string(route) == "//www" ? html.find("//www.w3.org/2000/svg") : std::string::npos));
}

TEST_CASE("the script's hash in the page's policy is that of the script", "[report]") {
  const test::TemporaryFolder folder;
  write_file(folder.path / "script", kPageScript);
  const test::Outcome hash = test::run_command(
      "sha256sum < " + (folder.path / "script").string() +
      " | cut -c1-64 | tr a-f A-F | basenc --decode --base16 | basenc --base64 -w0");
  if (hash.code != 0) SEG_SKIP("no sha256sum and basenc here");
  CHECK("sha256-" + hash.text == kPageScriptHash);
}

}  // namespace seg
