#pragma once
// Python with nibabel, by which a test reads what was written as others do.
#include "support/catch.h"
#include "support/commands.h"

namespace seg::test {

// The project's own Python, else the one on the PATH; "" where neither finds nibabel (PYTHONPATH
// may name a folder that holds it).
inline std::string python_with_nibabel() {
  const std::filesystem::path own = "third_party/venv/bin/python";
  for (const std::string& python : {(source_folder(own) / own).string(), std::string("python3")})
    if (run_command("'" + python + "' -c 'import nibabel'").code == 0) return "'" + python + "'";
  return "";
}

}  // namespace seg::test

// Inside a TEST_CASE: `command` runs tests/SCRIPT, or the test is skipped.
#define SEG_NIBABEL(command, script)                                                              \
  const std::string command##_python = ::seg::test::python_with_nibabel();                        \
  const auto command##_source = ::seg::test::source_folder(std::string("tests/") + (script));     \
  if (command##_python.empty()) SEG_SKIP("no Python with nibabel here (PYTHONPATH may name it)"); \
  if (command##_source.empty()) SEG_SKIP("the sources are not here: tests/" script);              \
  const std::string command =                                                                     \
      command##_python + " '" + (command##_source / "tests" / (script)).string() + "'"
