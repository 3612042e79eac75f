#include "bench.h"
#include "core/error.h"
#include "core/processor.h"
#include "gpu.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>

namespace seg::bench {
namespace {

double status_mib(const std::string& key) {
  std::ifstream in("/proc/self/status");
  std::string word;
  while (in >> word)
    if (word == key + ":") {
      double kib = 0;
      in >> kib;
      return kib / 1024;
    }
  return -1;
}

}  // namespace

torch::Tensor boxes(const std::vector<std::int64_t>& size, std::int64_t classes, std::int64_t side,
                    const std::string& device) {
  torch::Tensor label =
      torch::randint(0, classes, {1, size[0] / side + 1, size[1] / side + 1, size[2] / side + 1})
          .to(torch::kUInt8);
  for (std::int64_t d = 1; d < 4; ++d)
    label = label.repeat_interleave(side, d).narrow(d, 0, size[static_cast<std::size_t>(d - 1)]);
  return label.contiguous().to(torch::Device(device));
}

double resident_mib() { return status_mib("VmRSS"); }
double peak_resident_mib() { return status_mib("VmHWM"); }

namespace {

std::vector<double> seconds_by_clock(const std::function<void()>& work, int calls) {
  std::vector<double> seconds;
  for (int i = 0; i < calls; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    work();
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  }
  return seconds;
}

}  // namespace

void measure(const std::string& name, const Options& options, const std::function<void()>& work,
             const nlohmann::json& extra) {
  const bool gpu = options.device != "cpu";
  for (int i = 0; i < options.warmup; ++i) work();
  if (gpu) reset_peak_device_memory();
  std::vector<double> seconds = gpu ? seconds_by_events(work, options.repetitions)
                                    : seconds_by_clock(work, options.repetitions);
  std::sort(seconds.begin(), seconds.end());
  nlohmann::json line = {{"name", name},
                         {"min_s", seconds.front()},
                         {"median_s", seconds[seconds.size() / 2]},
                         {"max_s", seconds.back()},
                         {"reps", seconds.size()},
                         {"threads", options.threads},
                         {"device", options.device},
                         {"kernels", name_of(instruction_set())},
                         {"peak_rss_mib", peak_resident_mib()}};
  if (gpu) line["peak_device_mib"] = peak_device_mib();
  if (extra.is_object()) line.update(extra);
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
}

}  // namespace seg::bench

int main(int argc, char** argv) {
  seg::bench::Options options;
  CLI::App app{"Times the parts of segtrain; one JSON line per figure.", "segbench"};
  app.add_option("--threads", options.threads, "CPU threads")->capture_default_str();
  app.add_option("--reps", options.repetitions, "Counted repetitions")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--warmup", options.warmup, "Repetitions before")->capture_default_str();
  app.add_option("--device", options.device, "cpu or cuda")->capture_default_str();
  app.require_subcommand(1);
  app.fallthrough();
  app.parse_complete_callback([&] {
    at::set_num_threads(options.threads);
    if (options.device != "cpu" && !torch::cuda::is_available())
      seg::fail(
          "--device {}: there is no usable GPU, or this build has no CUDA; check nvidia-smi, or "
          "build with 'make build CUDA=1'",
          options.device);
  });
  seg::bench::add_step(app, options);
  seg::bench::add_convolution(app, options);
  seg::bench::add_predict(app, options);
  seg::bench::add_back(app, options);
  seg::bench::add_loss(app, options);
  seg::bench::add_norm(app, options);
  seg::bench::add_contour(app, options);
  seg::bench::add_prep(app, options);
  seg::bench::add_loader(app, options);
  seg::bench::add_metrics(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  } catch (const seg::Error& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
    return e.exit_code();
  }
}
