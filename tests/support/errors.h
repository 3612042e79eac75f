#pragma once
// What an error says.
#include "core/error.h"
#include "support/catch.h"

#include <functional>

namespace seg::test {

// What the Error of work() says, `folder` written as ROOT; "no error" where there is none.
inline std::string error_of(const std::function<void()>& work, ErrorKind kind,
                            const std::filesystem::path& folder = {}) {
  try {
    work();
  } catch (const Error& e) {
    CHECK(e.kind() == kind);
    std::string what = e.what();
    if (!folder.empty())
      for (auto at = what.find(folder.string()); at != std::string::npos;
           at = what.find(folder.string()))
        what.replace(at, folder.string().size(), "ROOT");
    return what;
  }
  return "no error";
}

}  // namespace seg::test
