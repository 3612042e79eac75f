#include "core/text.h"
#include "study/sheet.h"

#include <fmt/format.h>

namespace seg {
namespace {

std::string markdown_line(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + " |";
  return line + "\n";
}

// `after` is ours and needs no escaping: brackets are no link there.
std::string markdown_of(const SheetCell& cell) {
  std::string text = markdown_cell(cell.text);
  if (cell.underlined) text = "<u>" + text + "</u>";
  if (cell.bold) text = "**" + text + "**";
  return text + cell.after;
}

// Markdown has one line of headings: the others stand below it, in bold.
std::string markdown_head(const Sheet& sheet) {
  std::string text;
  for (std::size_t level = 0; level < sheet.head.size(); ++level) {
    const bool last = level + 1 == sheet.head.size();
    const auto shown = [&](const std::string& title) {
      const std::string cell = markdown_cell(title);
      return level == 0 || cell.empty() ? cell : "**" + cell + "**";
    };
    std::vector<std::string> cells;
    if (!sheet.block_heading.empty()) cells.push_back(last ? shown(sheet.block_heading) : "");
    cells.push_back(last ? shown(sheet.row_heading) : "");
    const std::size_t names = cells.size();
    for (const SheetHead& head : sheet.head[level]) {
      cells.push_back(shown(head.text));
      cells.resize(cells.size() + head.span - 1);
    }
    text += markdown_line(cells);
    if (level > 0) continue;
    text += "|";
    for (std::size_t i = 0; i < names + sheet.columns; ++i) text += i < names ? "---|" : "---:|";
    text += "\n";
  }
  return text;
}

}  // namespace

std::string sheet_markdown(const Sheet& sheet) {
  std::string text = fmt::format("**{}**:", markdown_cell(sheet.title));
  for (const std::string& sentence : sheet.caption) text += " " + markdown_cell(sentence);
  text += "\n\n" + markdown_head(sheet);
  for (const SheetBlock& block : sheet.blocks)
    for (std::size_t r = 0; r < block.rows.size(); ++r) {
      std::vector<std::string> cells;
      if (!sheet.block_heading.empty()) cells.push_back(r == 0 ? markdown_cell(block.title) : "");
      cells.push_back(markdown_cell(block.rows[r].name));
      for (const SheetCell& cell : block.rows[r].cells) cells.push_back(markdown_of(cell));
      text += markdown_line(cells);
    }
  if (!sheet.notes.empty()) text += "\n";
  for (const std::string& note : sheet.notes) text += "- " + markdown_cell(note) + "\n";
  return text;
}

}  // namespace seg
