// segtables: trains the cells of a grid, and prints the tables of what is done.
#include "core/files.h"
#include "program.h"
#include "study/figure_contour.h"
#include "study/figure_of_grid.h"
#include "study/plan.h"
#include "study/print_grid.h"
#include "study/run_grid.h"

namespace {

struct Arguments {
  std::string grid, space = "original", log_level;
  std::vector<std::string> data;
  bool dry_run = false, sbatch = false;
  seg::GridRequest request;
  std::string config, case_id, output, block, format = "markdown", metric = "dsc";
  std::vector<std::string> cases;
  std::optional<std::int64_t> slice;
};

// "amos=/data/amos22", or a folder for all cells, with an equals sign after a slash perhaps.
std::pair<std::string, std::string> data_of(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || text.find('/') < equals) return {"", text};
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

void print_table(const Arguments& a) {
  seg::require_folder_of("--output", a.output);
  const auto format = seg::option_word<seg::TableFormat>("--format", a.format);
  const auto space = seg::option_word<seg::Space>("--space", a.space);
  const std::string text = seg::printed(
      seg::read_grid(a.grid), {format, space, a.metric, a.request.seeds, a.request.overrides});
  if (a.output.empty()) return seg::print("{}", text);
  seg::write_output(a.output, text);
}

std::string written(const std::string& stem) {
  return fmt::format("Figure: {}.svg, {}.png\n", stem, stem);
}

void draw_contour(const Arguments& a) {
  seg::require_folder_of("--output", a.output);
  const seg::Config config = seg::load_config(a.config, a.request.overrides);
  seg::write_contour_figure(config, a.case_id, a.slice, a.output);
  seg::print("{}", written(a.output));
}

void draw_qualitative(Arguments& a) {
  seg::require_folder_of("--output", a.output);
  for (const std::string& text : a.data) a.request.data.push_back(data_of(text));
  seg::write_figure_of_grid(seg::read_grid(a.grid), {a.block, a.cases, a.request}, a.output);
  seg::print("{}", written(a.output));
}

void add_grid(CLI::App& verb, std::string& grid) {
  verb.add_option("grid", grid, "The grid's YAML file: a path, or a name in configs/")->required();
}

void add_run(CLI::App& verb, Arguments& a) {
  add_grid(verb, a.grid);
  verb.add_option("--data", a.data,
                  "NAME=FOLDER: data.root of the cells with the value NAME on some axis; a FOLDER "
                  "alone: of all cells. May be repeated")
      ->allow_extra_args(false);
  verb.add_option("--set", a.request.overrides,
                  "Overrides a key in every cell, but none that an axis sets: a.b=value. May be "
                  "repeated")
      ->allow_extra_args(false);
  verb.add_option("--seeds", a.request.seeds, "How often each cell is trained; default: the grid's")
      ->check(CLI::Range(1, 1000));
  verb.add_option("--space", a.space, "preprocessed: evaluates in that space, too")
      ->capture_default_str();
  CLI::Option* jobs =
      verb.add_option("--jobs", a.request.jobs,
                      "Cells at once; several GPUs are taken in turn, cores in equal parts")
          ->check(CLI::Range(1, 256))
          ->capture_default_str();
  CLI::Option* index =
      verb.add_option("--index", a.request.index, "This cell alone, as --dry-run counts them")
          ->check(CLI::Range(0, 1'000'000));
  CLI::Option* dry_run = verb.add_flag("--dry-run", a.dry_run,
                                       "Says what is done, partial and missing, and runs nothing");
  verb.add_flag("--sbatch", a.sbatch, "Prints a job array for SLURM, and runs nothing")
      ->excludes(jobs)
      ->excludes(index)
      ->excludes(dry_run);
}

void add_print(CLI::App& verb, Arguments& a) {
  add_grid(verb, a.grid);
  verb.add_option("--format", a.format, "markdown, csv, latex or html")->capture_default_str();
  verb.add_option("--space", a.space, "original or preprocessed")->capture_default_str();
  verb.add_option("--metric", a.metric, "A column of dsc.csv: hd95_mm, nsd_1mm, ...")
      ->capture_default_str();
  verb.add_option("--seeds", a.request.seeds, "As of run; default: the grid's")
      ->check(CLI::Range(1, 1000));
  verb.add_option("--set", a.request.overrides, "As of run: runs of other settings do not count")
      ->allow_extra_args(false);
  verb.add_option("-o,--output", a.output, "Writes the table here and not to the terminal");
}

void add_contour(CLI::App& verb, Arguments& a) {
  verb.add_option("-c,--config", a.config, "YAML file: a path, or a name in configs/")->required();
  verb.add_option("--case", a.case_id, "The case to draw")->required();
  verb.add_option("--slice", a.slice, "Counted from 1, from the feet; default: of most classes");
  verb.add_option("--set", a.request.overrides, "Overrides a key: a.b=value")
      ->allow_extra_args(false);
  verb.add_option("-o,--output", a.output, "Writes OUTPUT.svg and OUTPUT.png")->required();
}

void add_qualitative(CLI::App& verb, Arguments& a) {
  add_grid(verb, a.grid);
  verb.add_option("--block", a.block, "The value of the grid's rows to draw, where it has several");
  verb.add_option("--case", a.cases,
                  "CASE or CASE:SLICE, a row each; may be repeated. Default: the worst, the median "
                  "and the best of the last column")
      ->allow_extra_args(false);
  verb.add_option("--data", a.data, "As of run, where the data have moved")
      ->allow_extra_args(false);
  verb.add_option("--set", a.request.overrides, "As of run")->allow_extra_args(false);
  verb.add_option("-o,--output", a.output, "Writes OUTPUT.svg and OUTPUT.png")->required();
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
      "  segtables run paper/all.yaml --data amos=/data/amos22 --data brats=/data/brats2021 "
      "--dry-run\n"
      "  segtables run mine.yaml --data /data/mine --seeds 3 --jobs 4\n"
      "  segtables run mine.yaml --data /data/mine --sbatch > mine.sbatch\n"
      "  segtables print paper/table1.yaml --format latex --output table1.tex\n"
      "  segtables print paper/table1.yaml --metric hd95_mm\n"
      "  segtables figure contour --config amos_cwcd.yaml --set data.root=/data/amos22 --case "
      "amos_0004 --output figure1\n"
      "  segtables figure qualitative paper/table1.yaml --block amos --output figure3");
  app.require_subcommand(0, 1);
  Arguments a;
  bool reference = false;
  seg::add_common_options(app, a.log_level);
  app.add_flag("--grid-reference", reference, "Prints every key of a grid file");
  CLI::App* run_verb = app.add_subcommand("run", "Trains and evaluates every cell not done");
  add_run(*run_verb, a);
  CLI::App* print_verb = app.add_subcommand("print", "Prints the table of what is done by now");
  add_print(*print_verb, a);
  CLI::App* figure = app.add_subcommand("figure", "Draws the paper's figures");
  figure->require_subcommand(1);
  CLI::App* contour = figure->add_subcommand(
      "contour", "Figure 1: a case's mask, its erosion, the contour and the weights of the loss");
  add_contour(*contour, a);
  CLI::App* qualitative = figure->add_subcommand(
      "qualitative",
      "Figures 2 and 3: slices of test cases, the truth and each run of a grid, of seed 0");
  add_qualitative(*qualitative, a);
  return seg::run_program(app, argc, argv, a.log_level, [&] {
    if (reference) return seg::print("{}", seg::grid_reference());
    if (*run_verb) return run(a);
    if (*print_verb) return print_table(a);
    if (*contour) return draw_contour(a);
    if (*qualitative) return draw_qualitative(a);
    seg::fail_config("name what to do: run, print or figure");
  });
}
