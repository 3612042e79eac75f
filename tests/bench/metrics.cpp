// segbench metrics: every metric of two label maps, class by class.
#include "metric/metrics.h"
#include "bench.h"
#include "core/files.h"

#include <torch/torch.h>

#include <array>
#include <cmath>
#include <limits>
#include <random>

namespace seg::bench {
namespace {

struct Maps {
  torch::Tensor prediction, truth;  // uint8 [n, n, n]
};

// Values at every eighth voxel, normally distributed about 0 and smooth, read in between.
class Displacement {
 public:
  Displacement(std::int64_t n, std::mt19937& random) : side_(n / 8 + 2) {
    std::normal_distribution<float> normal(0, 25);
    values_.resize(static_cast<std::size_t>(side_ * side_ * side_));
    for (float& v : values_) v = normal(random);
    for (const std::int64_t stride : {std::int64_t{1}, side_, side_ * side_}) smooth(stride);
  }

  float at(std::int64_t d, std::int64_t h, std::int64_t w) const {
    const std::int64_t first = (d / 8 * side_ + h / 8) * side_ + w / 8;
    float sum = 0;
    for (int corner = 0; corner < 8; ++corner) {
      const std::int64_t z = corner >> 2, y = corner >> 1 & 1, x = corner & 1;
      const auto part = [](std::int64_t at, std::int64_t far) {
        const auto share = static_cast<float>(at % 8) / 8;
        return far ? share : 1 - share;
      };
      sum += part(d, z) * part(h, y) * part(w, x) *
             values_[static_cast<std::size_t>(first + (z * side_ + y) * side_ + x)];
    }
    return sum;
  }

 private:
  // Along one axis, by a Gaussian of 1.5 values.
  void smooth(std::int64_t stride) {
    const std::vector<float> from = values_;
    for (std::int64_t i = 0; i < std::ssize(values_); ++i) {
      const std::int64_t place = i / stride % side_;
      float sum = 0, weights = 0;
      for (std::int64_t k = -6; k <= 6; ++k) {
        const float weight = std::exp(-static_cast<float>(k * k) / 4.5F);
        const std::int64_t there = std::clamp<std::int64_t>(place + k, 0, side_ - 1);
        sum += weight * from[static_cast<std::size_t>(i + (there - place) * stride)];
        weights += weight;
      }
      values_[static_cast<std::size_t>(i)] = sum / weights;
    }
  }

  std::int64_t side_;
  std::vector<float> values_;
};

// Truth: the cells of random places, half of them background, in blocks of 2x2x2 voxels.
torch::Tensor cells(std::int64_t n, std::int64_t classes, std::mt19937& random) {
  struct Cell {
    std::array<std::int64_t, 3> at;
    std::uint8_t label;
  };
  std::uniform_int_distribution<std::int64_t> place(0, n / 2 - 1);
  std::vector<Cell> all;
  for (std::int64_t k = 0; k < 6 * classes; ++k)
    all.push_back({{place(random), place(random), place(random)},
                   static_cast<std::uint8_t>(k % 2 ? 0 : 1 + k / 2 % (classes - 1))});
  torch::Tensor map = torch::empty({n, n, n}, torch::kUInt8);
  auto* labels = map.data_ptr<std::uint8_t>();
  at::parallel_for(0, n, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t d = begin; d < end; ++d)
      for (std::int64_t h = 0; h < n; ++h)
        for (std::int64_t w = 0; w < n; w += 2) {
          std::int64_t least = std::numeric_limits<std::int64_t>::max();
          std::uint8_t label = 0;
          for (const Cell& c : all) {
            const std::int64_t z = d / 2 - c.at[0], y = h / 2 - c.at[1], x = w / 2 - c.at[2];
            const std::int64_t squared = z * z + y * y + x * x;
            if (squared >= least) continue;
            least = squared;
            label = c.label;
          }
          std::uint8_t* pair = labels + (d * n + h) * n + w;
          pair[0] = label;
          if (w + 1 < n) pair[1] = label;
        }
  });
  return map;
}

// Prediction: the truth, read at places that are displaced by a few voxels.
torch::Tensor displaced(const torch::Tensor& truth, std::mt19937& random) {
  const std::int64_t n = truth.size(0);
  const std::array<Displacement, 3> by = {Displacement(n, random), Displacement(n, random),
                                          Displacement(n, random)};
  torch::Tensor map = torch::empty_like(truth);
  const auto* from = truth.const_data_ptr<std::uint8_t>();
  auto* to = map.data_ptr<std::uint8_t>();
  at::parallel_for(0, n, 1, [&](std::int64_t begin, std::int64_t end) {
    const auto place = [n](std::int64_t at, float step) {
      return std::clamp<std::int64_t>(at + std::lround(step), 0, n - 1);
    };
    for (std::int64_t d = begin; d < end; ++d)
      for (std::int64_t h = 0; h < n; ++h)
        for (std::int64_t w = 0; w < n; ++w)
          to[(d * n + h) * n + w] =
              from[(place(d, by[0].at(d, h, w)) * n + place(h, by[1].at(d, h, w))) * n +
                   place(w, by[2].at(d, h, w))];
  });
  return map;
}

// Where nothing is right: each voxel of either map is of any class.
torch::Tensor noise(std::int64_t n, std::int64_t classes) {
  return torch::randint(0, classes, {n, n, n}, torch::kUInt8);
}

void save(const torch::Tensor& map, const std::string& file) {
  write_file(file, std::string_view(reinterpret_cast<const char*>(map.data_ptr<std::uint8_t>()),
                                    static_cast<std::size_t>(map.numel())));
}

// The mean of each metric over the classes where it is finite.
nlohmann::json means_of(const std::vector<RegionMetrics>& regions,
                        const std::vector<double>& tolerances) {
  nlohmann::json means;
  for (const Metric& metric : metrics_of(tolerances)) {
    double sum = 0, count = 0;
    for (const RegionMetrics& region : regions) {
      const double value = metric.value(region);
      if (!std::isfinite(value)) continue;
      sum += value;
      ++count;
    }
    means[metric.name] = sum / count;
  }
  return means;
}

}  // namespace

void add_metrics(CLI::App& app, Options& options) {
  auto* command = app.add_subcommand("metrics", "Every metric of two label maps, class by class");
  struct Choice {
    std::int64_t size = 256, classes = 16;
    std::vector<double> spacing = {1, 1, 1}, tolerances = {1, 2};
    std::string prediction = "displaced", folder;
  };
  auto c = std::make_shared<Choice>();
  command->add_option("--size", c->size, "Voxels along each axis")->capture_default_str();
  command->add_option("--classes", c->classes, "With background")->capture_default_str();
  command->add_option("--spacing", c->spacing, "mm along D H W")->expected(3);
  command->add_option("--tolerances", c->tolerances, "mm, of the surface Dice");
  command->add_option("--prediction", c->prediction, "displaced, or noise")
      ->check(CLI::IsMember({"displaced", "noise"}));
  command->add_option("--save", c->folder, "Folder for both maps: truth.u8, prediction.u8")
      ->check(CLI::ExistingDirectory);
  command->callback([c, &options] {
    std::mt19937 random(0);
    torch::manual_seed(0);
    const torch::Tensor truth = cells(c->size, c->classes, random);
    const torch::Tensor prediction =
        c->prediction == "noise" ? noise(c->size, c->classes) : displaced(truth, random);
    if (!c->folder.empty()) {
      save(truth, c->folder + "/truth.u8");
      save(prediction, c->folder + "/prediction.u8");
    }
    std::vector<Region> regions;
    for (std::int64_t k = 1; k < c->classes; ++k) regions.push_back({"", {k}});
    const double before = resident_mib();
    std::vector<RegionMetrics> found;
    const auto work = [&] {
      found = region_metrics(prediction, truth, regions, dhw_of(c->spacing), c->tolerances);
    };
    work();
    measure("metrics." + c->prediction, options, work,
            {{"size", c->size},
             {"classes", c->classes},
             {"spacing", c->spacing},
             {"rss_before_mib", before},
             {"means", means_of(found, c->tolerances)}});
  });
}

}  // namespace seg::bench
