#pragma once
// A strict enough look at our own SVG: elements nest, attributes are quoted, names are ours.
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace seg::test {

// "" or what is wrong. Entities are the five of markup_text; there is no DOCTYPE, comment or CDATA.
inline std::string xml_fault(std::string_view text) {
  std::vector<std::string> open;
  std::size_t at = 0;
  const auto entity_at = [&](std::size_t i) {
    for (const char* e : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"})
      if (text.substr(i).starts_with(e)) return true;
    return false;
  };
  while (at < text.size()) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x20 && byte != '\n') return "a control character";
    if (text[at] == '&' && !entity_at(at)) return "a bare &";
    if (text[at] != '<') {
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    bool quoted = false;
    for (; end < text.size() && (quoted || text[end] != '>'); ++end) {
      if (text[end] == '"') quoted = !quoted;
      if (text[end] == '<') return "a < within a tag";
      if (text[end] == '&' && !entity_at(end)) return "a bare & in an attribute";
    }
    if (end == text.size()) return "a tag that does not end";
    const std::string_view tag = text.substr(at + 1, end - at - 1);
    const std::string name(tag.substr(0, tag.find_first_of(" /\n", 1)));
    if (tag[0] == '/') {
      if (open.empty() || "/" + open.back() != name) return "</" + name + "> closes nothing";
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
    at = end + 1;
  }
  if (!open.empty()) return "<" + open.back() + "> is not closed";
  if (text.find("nan") != std::string_view::npos && text.find("\"nan") != std::string_view::npos)
    return "a number that is none";
  return "";
}

}  // namespace seg::test
