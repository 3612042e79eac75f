// segtables: trains the cells of a grid, and prints the tables of what is done.
#include "program.h"
#include "study/plan.h"
#include "study/run_grid.h"

namespace {

struct Arguments {
  std::string grid, space = "original", log_level;
  std::vector<std::string> data;
  bool dry_run = false, sbatch = false;
  seg::GridRequest request;
};

// "amos=/data/amos22", or a folder for all cells.
std::pair<std::string, std::string> data_of(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return {"", text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// What a job of an array is told, too.
std::vector<std::string> passed_on(const Arguments& a) {
  std::vector<std::string> words;
  for (const std::string& data : a.data) words.insert(words.end(), {"--data", data});
  for (const std::string& set : a.request.overrides) words.insert(words.end(), {"--set", set});
  if (a.request.seeds > 0) words.insert(words.end(), {"--seeds", std::to_string(a.request.seeds)});
  if (a.request.space != seg::Space::original) words.insert(words.end(), {"--space", a.space});
  return words;
}

void run(Arguments& a) {
  for (const std::string& text : a.data) a.request.data.push_back(data_of(text));
  a.request.space = seg::option_word<seg::Space>("--space", a.space);
  const seg::Grid grid = seg::read_grid(a.grid);
  if (a.sbatch) return seg::print("{}", seg::sbatch_script(grid, a.request, passed_on(a)));
  if (a.dry_run) return seg::print("{}", seg::plan_text(grid, a.request));
  seg::run_grid(grid, a.request);
  seg::print("{}", seg::plan_text(grid, a.request));
}

void add_grid(CLI::App& verb, std::string& grid) {
  verb.add_option("grid", grid, "The grid's YAML file: a path, or a name in configs/")->required();
}

void add_run(CLI::App& verb, Arguments& a) {
  add_grid(verb, a.grid);
  verb.add_option("--data", a.data,
                  "NAME=FOLDER: the data set of the cells with the value NAME; FOLDER: of all")
      ->allow_extra_args(false);
  verb.add_option("--set", a.request.overrides, "Overrides a key in every cell: a.b=value")
      ->allow_extra_args(false);
  verb.add_option("--seeds", a.request.seeds, "How often each cell is trained; default: the grid's")
      ->check(CLI::Range(1, 1000));
  verb.add_option("--space", a.space, "preprocessed: evaluates in that space, too")
      ->capture_default_str();
  verb.add_option("--jobs", a.request.jobs,
                  "Cells at once; several GPUs are taken in turn, cores in equal parts")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  verb.add_option("--index", a.request.index, "This cell alone, counted from 0 as --dry-run does")
      ->check(CLI::NonNegativeNumber);
  verb.add_flag("--dry-run", a.dry_run, "Says what is done, partial and missing, and runs nothing");
  verb.add_flag("--sbatch", a.sbatch, "Prints a job array for SLURM, and runs nothing");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Runs a grid of trainings, such as the paper's tables, and prints their tables. The run "
      "folders are all it keeps: the same command goes on after any end.",
      "segtables"};
  app.footer(
      "Examples:\n"
      "  segtables run paper/table1.yaml --data amos=/data/amos22 --data brats=/data/brats2021\n"
      "  segtables run paper/table1.yaml --data amos=/data/amos22 --dry-run");
  app.require_subcommand(0, 1);
  Arguments a;
  bool reference = false;
  seg::add_common_options(app, a.log_level);
  app.add_flag("--grid-reference", reference, "Prints every key of a grid file");
  CLI::App* run_verb = app.add_subcommand("run", "Trains and evaluates every cell not done");
  add_run(*run_verb, a);
  return seg::run_program(app, argc, argv, a.log_level, [&] {
    if (reference) return seg::print("{}", seg::grid_reference());
    if (*run_verb) return run(a);
    seg::fail_config("name what to do: run");
  });
}
