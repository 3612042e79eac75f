// Where the reference vectors are.
#include "support/catch.h"

#include <stdexcept>

namespace seg::test {

namespace fs = std::filesystem;

fs::path reference_folder() {
  if (const char* named = std::getenv("SEG_ORACLE_DIR"); named && *named) {
    if (fs::exists(fs::path(named) / "losses")) return named;
    throw std::runtime_error("SEG_ORACLE_DIR=" + std::string(named) +
                             " holds no reference vectors: correct it, or unset it to compare with "
                             "those of tests/reference");
  }
  // A bundle has them beside bin/; a program that was built here knows the source folder.
  const fs::path program = fs::read_symlink("/proc/self/exe");
  for (const fs::path& folder :
       {program.parent_path().parent_path() / "reference", fs::path(SEG_REFERENCE_DIR)})
    if (fs::exists(folder / "losses")) return folder;
  throw std::runtime_error("no reference vectors beside this program and none in " +
                           std::string(SEG_REFERENCE_DIR));
}

}  // namespace seg::test
