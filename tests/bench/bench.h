#pragma once
// segbench: one sub-command per figure, one JSON line per figure: {"name": ..., "min_s",
// "median_s", "max_s", "reps", "peak_rss_mib", "kernels" (the instruction set of ours, as far as
// SEG_MAX_ISA allows), ...}; on a GPU "peak_device_mib" too.
#include <torch/types.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <vector>

namespace seg::bench {

struct Options {
  int threads = 2, repetitions = 5, warmup = 1;
  std::string device = "cpu";
};

// Calls work warmup + repetitions times and prints the line; on a GPU timed by events (gpu.h), with
// its peak memory. `extra` is merged in.
void measure(const std::string& name, const Options& options, const std::function<void()>& work,
             const nlohmann::json& extra = {});

// uint8 [1, D, H, W]: boxes of random classes, `side` voxels wide.
torch::Tensor boxes(const std::vector<std::int64_t>& size, std::int64_t classes, std::int64_t side,
                    const std::string& device);

double resident_mib();       // VmRSS
double peak_resident_mib();  // VmHWM

// Sub-commands, each in its own file; Options are filled when the sub-command runs.
void add_step(CLI::App& app, Options& options);
void add_convolution(CLI::App& app, Options& options);
void add_predict(CLI::App& app, Options& options);
void add_back(CLI::App& app, Options& options);
void add_loss(CLI::App& app, Options& options);
void add_norm(CLI::App& app, Options& options);
void add_contour(CLI::App& app, Options& options);
void add_prep(CLI::App& app, Options& options);
void add_loader(CLI::App& app, Options& options);
void add_metrics(CLI::App& app, Options& options);

}  // namespace seg::bench
