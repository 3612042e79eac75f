// Text in pages: hostile names stay text.
#include "report/markup.h"

#include "report/base64.h"
#include "support/catch.h"

namespace seg {

TEST_CASE("markup loses its meaning, control characters and broken bytes are written out",
          "[report]") {
  CHECK(markup_text("<script>alert('x')</script>") ==
        "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
  CHECK(markup_text("\" onload=\"x") == "&quot; onload=&quot;x");
  CHECK(markup_text("a & b &amp;") == "a &amp; b &amp;amp;");
  CHECK(markup_text("a\x1b[2J\x01\n") == "a\\x1b[2J\\x01\\n");
  CHECK(markup_text("f\xfc\x72") == "f\\xfcr");  // Latin-1
  CHECK(markup_text("\u202e\u2028") == "\\u202e\\u2028");
  CHECK(markup_text("\uffff\ufffe\ufffd") == "\\uffff\\ufffe\ufffd");
  CHECK(markup_text("Größe 肝") == "Größe 肝");
  CHECK(markup_text("a: 1\nb: <2>\r\n", true) == "a: 1\nb: &lt;2&gt;\\r\n");
}

TEST_CASE("long text is cut between characters", "[report]") {
  CHECK(shortened("liver", 5) == "liver");
  CHECK(shortened("livers", 5) == "live\u2026");
  CHECK(shortened("äöüäö", 5) == "äöüäö");
  CHECK(shortened("äöüäöü", 5) == "äöüä\u2026");
  CHECK(shortened("", 5).empty());
  CHECK(shortened("a\nb", 4) == "a\\nb");
}

TEST_CASE("Base64 as RFC 4648 has it", "[report]") {
  CHECK(base64("").empty());
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64(std::string("\0\xff\x10", 3)) == "AP8Q");
}

}  // namespace seg
