#include "study/table_notes.h"

#include <fmt/format.h>

#include <set>

namespace seg {
namespace {

std::string of_block(const TableBlock& block) {
  return block.title.empty() ? "" : " of " + block.title;
}

}  // namespace

void tell_what(TableBlock& block, const std::vector<PlaceResults>& columns,
               std::vector<std::string>& notes) {
  std::vector<std::string> all;
  std::set<std::set<std::string>> sets_of_cases;
  for (const PlaceResults& place : columns) {
    std::set<std::string> cases;
    for (const EvaluatedRun& seed : place.seeds) {
      place_in(all, seed.what);
      cases.insert(seed.cases.begin(), seed.cases.end());
      sets_of_cases.emplace(seed.cases.begin(), seed.cases.end());
    }
    block.cases.push_back(std::ssize(cases));
  }
  if (!all.empty()) block.what = all[0];
  for (std::size_t i = 1; i < all.size(); ++i)
    notes.push_back(fmt::format("Not all runs{} are of the same data: some of {}, some of {}.",
                                of_block(block), all[0], all[i]));
  if (sets_of_cases.size() > 1)
    notes.push_back(fmt::format(
        "Not all runs{} are of the same cases: the means of columns are not of the same ones.",
        of_block(block)));
}

void tell_of_seeds(const TableBlock& block, const std::vector<PlaceResults>& columns,
                   std::vector<std::string>& notes) {
  std::set<std::size_t> counts;
  for (const PlaceResults& place : columns)
    if (!place.seeds.empty()) counts.insert(place.seeds.size());
  if (counts.size() < 2) return;
  notes.push_back(
      fmt::format("Columns{} rest on {} to {} seeds: what is best among them, and p, "
                  "compares unlike means.",
                  of_block(block), *counts.begin(), *counts.rbegin()));
}

void tell_of_unused(const Published& published, StudyTable& table) {
  for (const TableBlock& block : table.blocks)
    if (block.rows.empty() || block.rows[0].kind != RowKind::region) return;
  const std::vector<std::string> unused = published.unused();
  if (!unused.empty())
    table.notes.push_back(
        fmt::format("Published figures that fit no place of the table: {}, such as {}.",
                    unused.size(), unused[0]));
}

}  // namespace seg
