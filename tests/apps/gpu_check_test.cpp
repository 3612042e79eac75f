// The judgements of gpu-check, whose own tests are in Python.
#include "support/catch.h"
#include "support/commands.h"

TEST_CASE("gpu-check passes only where every part passed", "[apps][python][.slow]") {
  if (seg::test::no_python()) SEG_SKIP("no python3 of at least 3.9");
  const auto folder = seg::test::source_folder("tests/gpu");
  if (folder.empty()) SEG_SKIP("no source folder above this program");
  const auto outcome =
      seg::test::run_command("python3 -B " + folder.string() + "/tests/gpu/check_test.py");
  INFO(outcome.text);
  CHECK(outcome.code == 0);
}
