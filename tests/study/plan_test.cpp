// What --dry-run and --sbatch print.
#include "study/plan.h"

#include "grid_runs.h"
#include "support/errors.h"

namespace seg {
namespace {

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Two losses on two sizes.
Grid planned_grid(const std::filesystem::path& folder) {
  return test::small_grid(folder, "",
                          "  size: {s: {}, l: {set: {model.base_channels: 8}}}\n"
                          "  loss: {CE: {}, DL: {set: {loss.name: DL}}}\n");
}

void write_planned(const Grid& grid, const std::string& name, double seconds, bool trained) {
  const Cell cell = test::cell_named(grid, name);
  test::write_run(grid, cell, {{"p1", "WT", "0.5"}}, {.trained = trained});
  write_file(test::run_of(grid, cell) / "metrics.csv",
             fmt::format("epoch,step,learning_rate,loss,seconds,mean_dsc\n{},10,0.001,0.5,{},0.5\n",
                         trained ? 2 : 1, seconds));
  write_file(test::run_of(grid, cell) / "weights", std::string(5'000'000, 'x'));
}

}  // namespace

TEST_CASE("a plan without a run knows neither time nor disk", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = planned_grid(folder.path);
  CHECK(plan_text(grid, {.index = 2}) == "   2 missing  l_CE_seed0: unknown time, unknown size\n");
  CHECK(says(plan_text(grid, {}), "\n0 of 4 done; 4 like which nothing was measured yet\n"));
  write_planned(grid, "s_CE_seed0", 120, true);  // like it another cell is foretold
  CHECK(plan_text(grid, {.index = 1}) == "   1 missing  s_DL_seed0: 2:00, 5 MB\n");
}

TEST_CASE("a plan measures time and disk on the runs most alike", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = planned_grid(folder.path);
  write_planned(grid, "s_CE_seed0", 120, true);   // a minute an epoch
  write_planned(grid, "l_CE_seed0", 600, false);  // one epoch, of ten minutes
  const std::string text = plan_text(grid, {});
  CHECK(says(text, "   0 done     s_CE_seed0\n"));
  CHECK(says(text, "   1 missing  s_DL_seed0: 2:00, 5 MB\n"));
  CHECK(says(text, "   2 partial  l_CE_seed0 (1 of 2 epochs): 10:00, 0 MB\n"));
  CHECK(says(text, "   3 missing  l_DL_seed0: 20:00, 5 MB\n"));
  CHECK(says(text, "1 of 4 done; left: 32:00 of training alone, 10 MB of disk\n"));
}

TEST_CASE("a plan of what is done has no rest", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = test::small_grid(folder.path);
  for (const Cell& cell : cells_of(grid, 1)) test::write_run(grid, cell, {{"p1", "WT", "0.5"}});
  CHECK(plan_text(grid, {}) == "   0 done     CE_seed0\n   1 done     DL_seed0\n2 of 2 done\n");
  // A run that cannot be read does not end the plan.
  write_file(test::run_of(grid, cells_of(grid, 1)[0]) / "config.yaml", "gone: 1\n");
  const std::string text = plan_text(grid, {});
  CHECK(says(text, "   0 other    CE_seed0 (cannot be read: "));
  CHECK(says(text, "   1 done     DL_seed0\n1 of 2 done; 1 whose folder holds another run\n"));
}

TEST_CASE("a job array has a task per cell and quotes what it is given", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = test::small_grid(folder.path);
  const std::string script =
      sbatch_script(grid, {.seeds = 3}, {"--data", "it's $HOME `x` \"y\"", "--seeds", "3"});
  CHECK(says(script, "#SBATCH --array=0-5\n"));
  CHECK(says(script, "#SBATCH --job-name=grid\n"));
  CHECK(says(script, "#SBATCH --signal=USR1@120\n"));
  CHECK(says(script,
             " '--data' 'it'\\''s $HOME `x` \"y\"' '--seeds' '3' --index "
             "\"$SLURM_ARRAY_TASK_ID\"\n"));
  write_file(folder.path / "script", script);
  CHECK(test::run_command("bash -n " + (folder.path / "script").string()).text == "");
  CHECK(test::error_of(
            [&] {
              sbatch_script(grid, {.data = {{"x", "y"}}}, {});
            },
            ErrorKind::config) != "no error");
}

}  // namespace seg
