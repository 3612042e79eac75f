#include "prediction/case_line.h"

#include <torch/types.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace seg {
namespace {

using nlohmann::ordered_json;

double to_thousandths(double seconds) { return std::round(seconds * 1e3) / 1e3; }

}  // namespace

std::string case_line(const CaseFigures& figures, const torch::Tensor& labels,
                      const Geometry& geometry, const LabelMap& map) {
  const double ml = geometry.spacing[0] * geometry.spacing[1] * geometry.spacing[2] / 1000;
  const torch::Tensor counts = torch::bincount(labels.flatten(), {}, 256);
  ordered_json volumes = ordered_json::object();
  for (std::size_t k = 1; k < map.classes.size(); ++k)
    volumes[map.classes[k]] = counts[static_cast<std::int64_t>(k)].item<double>() * ml;
  const PredictionSeconds& s = figures.prediction;
  const ordered_json line = {{"case", figures.id},
                             {"output", figures.output.string()},
                             {"seconds",
                              {{"prepare", to_thousandths(figures.preparing)},
                               {"network", to_thousandths(s.network)},
                               {"blend", to_thousandths(s.blending)},
                               {"way_back", to_thousandths(s.way_back)},
                               {"write", to_thousandths(figures.writing)}}},
                             {"windows", s.windows},
                             {"empty_windows", s.empty},
                             {"volumes_ml", volumes}};
  return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string error_line(const std::string& id, const std::string& reason) {
  return ordered_json({{"case", id}, {"error", reason}})
      .dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace seg
