// segphantom: writes a synthetic data set.
#include "data/phantom.h"
#include "program.h"

int main(int argc, char** argv) {
  CLI::App app{
      "Writes a synthetic AMOS-like (CT, 15 organs) or BraTS-like (4 MR channels, tumours) data "
      "set.",
      "segphantom"};
  app.footer(
      "Examples:\n"
      "  segphantom amos --cases 8 --seed 1 --out demo/data\n"
      "  segphantom brats --cases 4 --size 64 80 80 --out phantom_brats");
  std::string kind, out, log_level;
  seg::PhantomOptions options;
  std::vector<std::int64_t> size = {64, 96, 96};
  seg::add_common_options(app, log_level);
  const std::map<std::string, decltype(&seg::write_amos_phantom)> kinds = {
      {"amos", &seg::write_amos_phantom}, {"brats", &seg::write_brats_phantom}};
  app.add_option("kind", kind, "amos or brats")->required()->check(CLI::IsMember(kinds));
  app.add_option("--cases", options.cases, "How many")->capture_default_str();
  app.add_option("--seed", options.seed, "Anatomy varies with it")->capture_default_str();
  app.add_option("--size", size, "Voxels D H W (slices, rows, columns)")
      ->expected(3)
      ->capture_default_str();
  app.add_option("--out", out, "Folder to write")->required();
  return seg::run_program(app, argc, argv, log_level, [&] {
    options.size = {size[0], size[1], size[2]};
    kinds.at(kind)(options, out);
    seg::print("{}: {} cases\n", out, options.cases);
  });
}
