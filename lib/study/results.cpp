#include "study/results.h"

#include "core/error.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <tuple>

namespace seg {
namespace {

// A run that is done, before it is joined with others of its place.
struct DoneRun {
  std::size_t block, column;
  std::int64_t seed;
  std::string pooled;  // names of its pooled values
  EvaluatedRun figures;
};

// The figures where the run is done; else what becomes of its place, and a note.
std::optional<EvaluatedRun> read_cell(const Grid& grid, const Cell& cell,
                                      const ResultsRequest& request, CellState& state,
                                      std::vector<std::string>& notes) {
  const CellStatus status = status_of(grid, cell, request.space);
  state = status.state;
  if (state == CellState::other)
    notes.push_back(fmt::format("Other: {} {}.", status.run.string(), status.why));
  if (state == CellState::partial)
    notes.push_back(fmt::format("Unfinished: {}: {}.", status.run.string(), status.why));
  if (state != CellState::done) return std::nullopt;
  try {
    return read_evaluation(status.table, request.metric);
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::interrupted) throw;
    state = CellState::other;
    notes.push_back(fmt::format("Unreadable: {}.", e.what()));
    return std::nullopt;
  }
}

// Do two runs that are joined share a case?
bool cases_meet(const std::vector<DoneRun>& runs, std::size_t block) {
  std::set<std::tuple<std::size_t, std::int64_t, std::string>> seen;
  for (const DoneRun& run : runs)
    for (const std::string& id : run.figures.cases)
      if (run.block == block && !seen.emplace(run.column, run.seed, id).second) return true;
  return false;
}

// Adds the cases of a run; a region that one of the two lacks is absent there.
void join(EvaluatedRun& all, const EvaluatedRun& more, const std::string& prefix) {
  const double absent = std::nan("");
  std::vector<std::size_t> at;
  for (const std::string& region : more.regions) at.push_back(place_in(all.regions, region));
  for (auto& row : all.values) row.resize(all.regions.size(), absent);
  for (std::size_t i = 0; i < more.cases.size(); ++i) {
    all.cases.push_back(prefix + more.cases[i]);
    all.values.emplace_back(all.regions.size(), absent);
    for (std::size_t r = 0; r < at.size(); ++r) all.values.back()[at[r]] = more.values[i][r];
  }
}

void join_runs(GridResults& results, const std::vector<DoneRun>& runs) {
  for (std::size_t block = 0; block < results.places.size(); ++block) {
    const bool qualify = cases_meet(runs, block);
    for (std::size_t column = 0; column < results.places[block].size(); ++column) {
      const DoneRun* last = nullptr;
      for (const DoneRun& run : runs) {
        if (run.block != block || run.column != column) continue;
        auto& seeds = results.places[block][column].seeds;
        if (!last || last->seed != run.seed)
          seeds.push_back({.name = fmt::format("seed {}", run.seed), .what = run.figures.what});
        join(seeds.back(), run.figures, qualify ? run.pooled + "/" : "");
        last = &run;
      }
    }
  }
}

}  // namespace

GridResults read_results(const Grid& grid, const TableLayout& layout,
                         const ResultsRequest& request) {
  better_of(request.metric);
  GridResults results;
  results.places.assign(layout.block_titles.size(),
                        std::vector<PlaceResults>(layout.column_titles.size()));
  std::vector<DoneRun> runs;
  for (const Cell& cell : cells_of(grid, request.seeds, request.overrides)) {
    const std::size_t block = layout.block_of(cell), column = layout.column_of(cell);
    PlaceResults& place = results.places[block][column];
    CellState state = CellState::missing;
    std::optional<EvaluatedRun> figures = read_cell(grid, cell, request, state, results.notes);
    ++place.asked;
    place.done += figures.has_value();
    if (!figures && place.state != CellState::other && state != CellState::missing)
      place.state = state;
    if (figures) runs.push_back({block, column, cell.seed, layout.pooled_name(cell), *figures});
  }
  for (auto& block : results.places)
    for (PlaceResults& place : block)
      if (place.done > 0)
        place.state = place.done == place.asked ? CellState::done : CellState::partial;
  join_runs(results, runs);
  return results;
}

}  // namespace seg
