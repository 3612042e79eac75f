#pragma once
// The style and the script of a report's page.
#include <string>

namespace seg {

std::string page_style();

// The script, and the hash by which the page's Content-Security-Policy lets it alone run.
extern const char* const kPageScript;
extern const char* const kPageScriptHash;

}  // namespace seg
