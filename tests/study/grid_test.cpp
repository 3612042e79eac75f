// What a grid file says, and what is wrong with one.
#include "study/cell.h"

#include "data/amos_names.h"
#include "grid_runs.h"
#include "support/errors.h"

#include <algorithm>
#include <map>
#include <set>

namespace seg {
namespace {

namespace fs = std::filesystem;

fs::path paper_folder() {
  const fs::path folder = test::source_folder("configs/paper/all.yaml");
  REQUIRE_FALSE(folder.empty());
  return folder / "configs" / "paper";
}

Grid paper_file(const std::string& name) { return read_grid((paper_folder() / name).string()); }

std::map<std::string, Cell> by_name(const Grid& grid) {
  std::map<std::string, Cell> cells;
  for (const Cell& cell : cells_of(grid, 1)) CHECK(cells.emplace(cell.name, cell).second);
  return cells;
}

std::vector<std::string> names_of(const Grid& grid, std::int64_t seeds = 1) {
  std::vector<std::string> names;
  for (const Cell& cell : cells_of(grid, seeds)) names.push_back(cell.name);
  return names;
}

// What is said of a grid file with this text, beside a configuration cell.yaml.
std::string refusal(const std::string& text) {
  const test::TemporaryFolder folder;
  write_file(folder.path / "cell.yaml", "model: {base_channels: 4}\n");
  write_file(folder.path / "grid.yaml", text);
  return test::error_of(
      [&] {
        const Grid grid = read_grid((folder.path / "grid.yaml").string());
        for (const Cell& cell : cells_of(grid, 1)) config_of(grid, cell);
      },
      ErrorKind::config, folder.path);
}

const std::string one_axis = "config: cell.yaml\naxes: {a: {b: {}, c: {}}}\n";

}  // namespace

TEST_CASE("a grid's cells are the combinations of its axes' values", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = test::small_grid(
      folder.path, "set: {training.epochs: 7}\ncells: [{size: [s]}, {loss: [CE], size: [m]}]\n",
      "  size: {s: {set: {model.base_channels: 8}}, m: {}, l: {}}\n"
      "  loss: {CE: {set: {loss.name: CE}}, DL: {title: Dice, set: {loss.name: DL}}}\n");
  CHECK(names_of(grid) == std::vector<std::string>{"s_CE_seed0", "s_DL_seed0", "m_CE_seed0"});
  CHECK(names_of(grid, 2).size() == 6);
  CHECK(names_of(grid, 2)[3] == "s_CE_seed1");
  CHECK(grid.axis("loss").values[0].title == "CE");
  CHECK(grid.axis("loss").values[1].title == "Dice");
  CHECK(grid.title == "grid");
  const std::vector<Cell> cells = cells_of(grid, 2, {"training.epochs=9"});
  const Config config = config_of(grid, cells[4]);
  CHECK(config.loss.name == LossName::DL);
  CHECK(config.model.base_channels == 8);
  CHECK(config.training.epochs == 9);  // what is asked for goes over what the file says
  CHECK(config.training.seed == 1);
}

TEST_CASE("a grid's set takes maps, lists and texts that mean something to YAML", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = test::small_grid(
      folder.path, "",
      "  a:\n    b:\n      set:\n        data.split: {train: [\"1: x\", \"#2\"], test: ['~']}\n"
      "        evaluation.regions: {\"W,T\": [a b, 'c'':d']}\n"
      "        training: {patch: [16, 32, 32]}\n");
  const Config config = config_of(grid, cells_of(grid, 1)[0]);
  CHECK(config.evaluation.regions == Groups{{"W,T", std::vector<std::string>{"a b", "c':d"}}});
  CHECK(config.training.patch == std::vector<std::int64_t>{16, 32, 32});
}

TEST_CASE("a grid's configurations stand beside it, or in configs/", "[study]") {
  const test::TemporaryFolder folder;
  write_file(folder.path / "beside.yaml", "model: {base_channels: 4}\n");
  write_file(folder.path / "grid.yaml",
             "axes: {a: {b: {config: beside.yaml}, c: {config: demo.yaml}}}\n");
  const Grid grid = read_grid((folder.path / "grid.yaml").string());
  const std::vector<Cell> cells = cells_of(grid, 1);
  CHECK(fs::equivalent(cells[0].config, folder.path / "beside.yaml"));
  CHECK(fs::path(cells[1].config).filename() == "demo.yaml");
  CHECK(grid.runs.text == "runs/grid");
  // base: gives what the file itself does not; what it says stands in place of the base's.
  write_file(folder.path / "more.yaml",
             "base: grid.yaml\nruns: elsewhere\naxes: {d: {e: {}}}\nconfig: beside.yaml\n");
  const Grid more = read_grid((folder.path / "more.yaml").string());
  CHECK(names_of(more) == std::vector<std::string>{"e_seed0"});
  CHECK(more.runs.text == "elsewhere");
}

TEST_CASE("a wrong grid is refused in one sentence", "[study]") {
  const std::string c = "config: cell.yaml\n", at = "ROOT/grid.yaml";
  for (const auto& [text, says] : std::vector<std::pair<std::string, std::string>>{
           {"", ": has no axes; add axes: with at least one"},
           {c + "axes: {}\n", ": has no axes; add axes: with at least one"},
           {c + "axis: {a: {b: }}\n", ":2:1: unknown key 'axis'; did you mean 'axes'?"},
           {c + "axes: [a]\n", ":2:7: axes must be a map of axes, each a map of its values"},
           {c + "axes: {a: {}}\n", ":2:7: axes has the axis 'a', which must be a map of at least"},
           {c + "axes: {a: {b: {}, b: {}}}\n", ":2:7: axes has at 'a' the key 'b' twice"},
           {c + "axes: {a: {b: {}}, a: {c: {}}}\n", ":2:20: the key 'a' stands twice in axes"},
           {c + "axes: {a: {b: 3}}\n", ":2:7: axes has the value 'b', which must be a map"},
           {c + "axes: {a: {b: {titel: x}}}\n", ":2:7: axes has the unknown key 'titel' at 'b'"},
           {c + "axes: {a: {b: {title: x, title: y}}}\n", ":2:7: axes has at 'b' the key 'title'"},
           {c + "axes: {a: {b: {set: 3}}}\n", "has at 'b' a set that must be a map of keys"},
           {c + "axes: {a: {b: {set: {x: 1, x: 2}}}}\n", "a set that has the key 'x' twice"},
           {c + "axes: {a: {b: {set: {[x]: 1}}}}\n", "a set that has a key that is no text"},
           {c + "axes: {a: {b: {set: &s {data.split: *s}}}}\n", "a set that holds itself"},
           {c + "axes: {a: {b: {regions: 3}}}\n", "a regions that must be a list of names or"},
           {c + "axes: {a_b: {c: {}}}\n", "has the axis 'a_b', which names folders: use letters"},
           {c + "axes: {a: {../b: {}}}\n", "has the value '../b', which names folders"},
           {c + "axes: {a: {-b: {}}}\n", "has the value '-b', which names folders"},
           {c + "axes: {a: {'': {}}}\n", "has the value '', which names folders"},
           {one_axis + "cells: [{a: [d]}]\n", ": cells names 'd', which is no value of the axis"},
           {one_axis + "cells: [{x: [d]}]\n", ": cells names 'x', which is no axis; name one of"},
           {one_axis + "cells: {a: [b]}\n", "cells must be a list of maps from axes to lists"},
           {one_axis + "cells: [{a: []}]\n", ": no combination of values fits cells; correct it"},
           {one_axis + "rows: x\n", ": rows names 'x', which is no axis; name one of its axes"},
           {one_axis + "columns: [x]\n", ": columns names 'x', which is no axis"},
           {one_axis + "rows: a\ncolumns: [a]\n", ": the axis 'a' stands twice in rows and colum"},
           {one_axis + "columns: [a]\nbaseline: {a: x}\n", ": baseline names 'x', which is no va"},
           {one_axis + "baseline: {a: b}\n", ": baseline names 'a', which is no axis of the colu"},
           {one_axis + "seeds: 0\n", ":3:8: seeds must be at least 1 and at most 1000, not 0"},
           {"axes: {a: {b: {}}}\n", ": says no config to start from; add config: FILE"},
           {"config: no.yaml\naxes: {a: {b: {}}}\n", ": config no.yaml: there is no such file"},
           {"axes: {a: {b: {config: cell.yaml}, c: {}}}\n", ": not every value of the axis 'a'"},
           {"axes: {a: {b: {config: cell.yaml}}, c: {d: {config: cell.yaml}}}\n",
            ": two axes have a config, of which a cell can start from one; use set in one"},
           {one_axis + "set: {training.seed: 3}\n", ": training.seed is each cell's own; leave it"},
           {one_axis + "set: {output: x}\n", ": output is each cell's own; leave it out, and say"},
           {one_axis + "set: {loss.nam: CE}\n",
            ", b_seed0: --set loss.nam: unknown key 'loss.nam'; did you mean 'loss.name'?"},
       }) {
    const std::string what = refusal(text);
    INFO(text << "\n" << what);
    CHECK(what.starts_with(at));
    CHECK(what.find(says) != std::string::npos);
    CHECK(what.find('\n') == std::string::npos);
  }
  CHECK(refusal(one_axis) == "no error");
  CHECK(test::error_of([] { read_grid("no_grid.yaml"); }, ErrorKind::config) ==
        "no_grid.yaml: there is no such file, neither as a path nor in configs/");
}

TEST_CASE("the paper's tables are of 28 trainings, which they share by name", "[study]") {
  const auto all = by_name(paper_file("all.yaml"));
  CHECK(all.size() == 28);
  std::set<std::string> used;
  for (const auto& [file, count] :
       {std::pair{"table1.yaml", 8}, {"table2.yaml", 16}, {"table3.yaml", 10}}) {
    const Grid grid = paper_file(file);
    CHECK(grid.runs.text == paper_file("all.yaml").runs.text);
    const auto cells = by_name(grid);
    CHECK(cells.size() == static_cast<std::size_t>(count));
    for (const auto& [name, cell] : cells) {
      INFO(file << " " << name);
      REQUIRE(all.count(name) == 1);
      CHECK(cell.config == all.at(name).config);
      CHECK(cell.overrides == all.at(name).overrides);
      used.insert(name);
    }
  }
  CHECK(used.size() == 28);
}

TEST_CASE("what an axis sets no override may set", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = test::small_grid(folder.path, "", "  loss:\n    CE: {set: {loss.name: CE}}\n");
  const auto refused = [&](const std::string& text) {
    return test::error_of([&] { cells_of(grid, 1, {text}); }, ErrorKind::config);
  };
  CHECK(refused("loss.name=GDL") ==
        "--set loss.name=GDL: the axis 'loss' sets loss.name; choose among its cells instead");
  CHECK(refused("loss={name: GDL}").starts_with("--set loss={name: GDL}: the axis 'loss'"));
  CHECK(refused("loss.alpha=2") == "no error");
  CHECK(refused("data.root=/x") == "no error");
}

TEST_CASE("every grid of configs/paper has cells that can be configured", "[study]") {
  for (const auto& [file, count] : {std::pair{"all.yaml", 28},
                                    {"gliomas.yaml", 8},
                                    {"hippocampus.yaml", 18},
                                    {"hippocampus_losses.yaml", 12},
                                    {"hippocampus_networks.yaml", 8},
                                    {"rates.yaml", 72},
                                    {"small.yaml", 28},
                                    {"small_table1.yaml", 8},
                                    {"small_table2.yaml", 16},
                                    {"small_table3.yaml", 10}}) {
    INFO(file);
    const Grid grid = paper_file(file);
    const auto cells = by_name(grid);
    CHECK(cells.size() == static_cast<std::size_t>(count));
    for (const auto& [name, cell] : cells) CHECK_NOTHROW(config_of(grid, cell));
  }
}

TEST_CASE("the paper's regions are those of AMOS and BraTS data", "[study]") {
  for (const char* file : {"all.yaml", "small.yaml"}) {
    const Grid grid = paper_file(file);
    const Axis& sets = grid.axis("dataset");
    Pairs labels;
    for (const auto& [region, shown] : sets.values[0].regions)
      labels.emplace_back(std::to_string(labels.size() + 1), region);
    CHECK(amos_names(labels) == std::optional<Pairs>(labels));  // in AMOS's order, too
    const Groups regions = load_config(sets.values[1].config).evaluation.regions;
    for (const auto& [region, shown] : sets.values[1].regions)
      CHECK(std::any_of(regions.begin(), regions.end(),
                        [&, name = region](const auto& r) { return r.first == name; }));
  }
}

TEST_CASE("places are the overrides that say where things are", "[study]") {
  const Cell cell{.overrides = {"data.root=/a", "loss.name=CE", "device=cpu", "threads=1",
                                "prep.cache=/b", "data.rootless=1"}};
  CHECK(places_of(cell) ==
        std::vector<std::string>{"data.root=/a", "device=cpu", "threads=1", "prep.cache=/b"});
}

TEST_CASE("every key of a grid file has its line in the reference", "[study]") {
  const std::string page = grid_reference();
  for (const char* key : {"`title`", "`cells`", "`baseline`", "`axes.AXIS.VALUE.regions`"})
    CHECK(page.find(key) != std::string::npos);
}

}  // namespace seg
