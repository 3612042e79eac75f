#pragma once
#include <string>
#include <string_view>

namespace seg {

// Text as LaTeX shows it: what has a meaning there is escaped, ± Δ τ and a minus are mathematics,
// control characters are written out. Other signs than ASCII's stay UTF-8, which LaTeX reads.
std::string latex_text(std::string_view text);

}  // namespace seg
