#include "core/text.h"

#include "support/catch.h"

#include <sys/wait.h>
#include <unistd.h>

#include "core/files.h"
#include "core/log.h"

using seg::Breaks;
using seg::csv_value;
using seg::is_utf8;
using seg::markdown_cell;
using seg::visible;

TEST_CASE("what would command a terminal is written out", "[core]") {
  CHECK(visible("liver, left=1 | ü 肝 😀") == "liver, left=1 | ü 肝 😀");
  CHECK(visible("a\x1b[2Jb\rc\td\x7f") == "a\\x1b[2Jb\\rc\\td\\x7f");
  CHECK(visible(std::string("a\0b", 3)) == "a\\x00b");
  CHECK(visible("\xc2\x9b"
                "31m") == "\\x9b31m");  // the one-character form of ESC [
  CHECK(visible("a\xe2\x80\xae"
                "b") == "a\\u202eb");
  CHECK(visible("a\nb") == "a\\nb");
  CHECK(visible("a\nb\n  c", Breaks::indented) == "a\\nb\n  c");
  CHECK(visible("a\nb\n  c", Breaks::all) == "a\nb\n  c");
}

TEST_CASE("bytes that are no UTF-8 are written out one by one", "[core]") {
  CHECK(is_utf8("ü 肝 😀"));
  for (const char* bad : {"Nieren\xfc", "\xc0\xaf", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                          "\xf8\x88\x80\x80\x80", "\x80"}) {
    CAPTURE(visible(bad));
    CHECK_FALSE(is_utf8(bad));
    CHECK(is_utf8(visible(bad)));
  }
  CHECK(visible("\xfcx\xe2\x82") == "\\xfcx\\xe2\\x82");
}

TEST_CASE("values of a CSV file are quoted as RFC 4180 has it", "[core]") {
  CHECK(csv_value("liver") == "liver");
  CHECK(csv_value("=1+1") == "=1+1");
  CHECK(csv_value("a,b") == "\"a,b\"");
  CHECK(csv_value("a \"b\"") == "\"a \"\"b\"\"\"");
  CHECK(csv_value("a\nb") == "\"a\nb\"");
  CHECK(csv_value(" a") == "\" a\"");
}

TEST_CASE("a cell of a Markdown table stays one cell and text", "[core]") {
  CHECK(markdown_cell("left kidney") == "left kidney");
  CHECK(markdown_cell("a|b\nc") == "a\\|b\\\\nc");
  CHECK(markdown_cell("<b>&`x`") == "&lt;b>&amp;\\`x\\`");
}

TEST_CASE("a name cannot pass for a line of the log", "[core]") {
  const seg::test::TemporaryFolder folder;
  seg::log::set_level(seg::log::Level::off);
  seg::log::to_file(folder.path / "log.txt");
  seg::log::info("case {}: read\n  and a list", "a\nerror: all lost\x1b[31m");
  seg::log::close_file();
  seg::log::set_level(seg::log::Level::info);
  const std::string text = seg::read_file(folder.path / "log.txt");
  CHECK(text.ends_with("case a\\nerror: all lost\\x1b[31m: read\n  and a list\n"));
}
