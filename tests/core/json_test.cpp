#include "core/json.h"

#include "core/files.h"
#include "support/errors.h"

#include <sys/stat.h>

#include <nlohmann/json.hpp>

using namespace seg;

namespace {

std::string message(const std::string& text) {
  return test::error_of([&] { parse_json(text, "FILE"); }, ErrorKind::data);
}

}  // namespace

TEST_CASE("JSON is read strictly, and said to be wrong where it is", "[core]") {
  CHECK(message(R"({"a": {"x": 1}, "b": [{"x": 1}, {"x": 2}]})") == "no error");
  CHECK(message(R"({"a": 1, "b": {"c": 1, "c": 2}})") ==
        "FILE: the key 'c' stands twice in one object; remove one");
  CHECK(message("{\"a\": 1,\n \"b\" 2}") == "FILE:2:6: is not valid JSON; mend it");
  CHECK(message("") == "FILE:1:1: is not valid JSON; mend it");
  CHECK(message("{} {}") == "FILE:1:4: is not valid JSON; mend it");
  CHECK(message("[\"Niere\xfc\"]") == "FILE:1:8: is not valid JSON; mend it");
  CHECK(message("[1e999]") == "FILE: holds a number that is out of range; correct it");
  CHECK(message(R"(["a\u0000b"])") == "FILE: a text holds a NUL character; remove it");
  CHECK(message(R"({"a\u0000b": 1})") == "FILE: a text holds a NUL character; remove it");
  CHECK(message(std::string(100000, '[')) == "FILE:1:100001: is not valid JSON; mend it");
}

TEST_CASE("a pipe and a device are refused, not waited for", "[core]") {
  const test::TemporaryFolder folder;
  const std::filesystem::path pipe = folder.path / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  for (const std::filesystem::path& file : {pipe, std::filesystem::path("/dev/zero")})
    CHECK(test::error_of([&] { read_json(file); }, ErrorKind::failure) ==
          file.string() + ": cannot be read (it is no regular file)");
}
