#include "data/fingerprint.h"

#include "contour/contour.h"
#include "core/error.h"
#include "core/ignore.h"
#include "core/parallel.h"
#include "core/progress.h"
#include "image/nifti.h"
#include "image/orientation.h"
#include "image/same_grid.h"
#include "prep/class_indices.h"
#include "prep/prepared_label.h"

#include <torch/types.h>

namespace seg {
namespace {

constexpr std::int64_t most_sampled = 1 << 20;

IntensityFacts intensity_facts(const torch::Tensor& voxels) {
  const torch::Tensor all = voxels.flatten(), finite = all.masked_select(all.isfinite());
  if (finite.numel() == 0) return {};
  const std::int64_t step = (finite.numel() + most_sampled - 1) / most_sampled;
  const torch::Tensor sorted = std::get<0>(finite.slice(0, 0, finite.numel(), step).sort());
  const auto at = [&](double share) {
    return sorted[static_cast<std::int64_t>(share * static_cast<double>(sorted.numel() - 1) + 0.5)]
        .item<double>();
  };
  const torch::Tensor wide = finite.to(torch::kFloat64);
  return {finite.min().item<double>(),
          at(0.005),
          at(0.5),
          at(0.995),
          finite.max().item<double>(),
          wide.mean().item<double>(),
          wide.std(/*unbiased=*/false).item<double>()};
}

std::vector<double> counts_by_class(const torch::Tensor& classes, std::int64_t count) {
  const torch::Tensor n = torch::bincount(classes.flatten().to(torch::kInt32), {}, 256);
  std::vector<double> out;
  for (std::int64_t c = 0; c < count; ++c)
    out.push_back(static_cast<double>(n[c].item<std::int64_t>()));
  return out;
}

// first: the grid of the case's first channel.
void add_label_facts(const Case& c, const LabelMap& labels, const Geometry& first,
                     const Config& config, CaseFacts& facts) {
  Volume label = read_label(c.label);
  label.voxels = known_class_indices(label.voxels, labels.to_class, c.id, c.label);
  const Geometry& g = label.geometry;
  facts.millilitres = counts_by_class(label.voxels, labels.count());
  for (double& volume : facts.millilitres)
    volume *= g.spacing[0] * g.spacing[1] * g.spacing[2] / 1000;
  const torch::Tensor classes = prepared_label(label, first, config.prep).voxels;
  const torch::Tensor contour =
      contour_of_loss(classes.unsqueeze(0), labels.count(), config.loss)[0];
  facts.contour_share = counts_by_class(
      torch::where(contour == 1, classes, torch::full_like(classes, kIgnore)), labels.count());
  const std::vector<double> whole = counts_by_class(classes, labels.count());
  for (std::size_t k = 0; k < whole.size(); ++k) facts.contour_share[k] /= std::max(whole[k], 1.0);
}

CaseFacts facts_of(const Case& c, const LabelMap& labels, const Config& config) {
  CaseFacts facts;
  facts.id = c.id;
  Geometry first;
  for (const auto& file : c.channels) {
    const Volume volume = read_image(file);
    facts.channels.push_back(intensity_facts(volume.voxels));
    if (facts.channels.size() > 1) continue;
    const Geometry& g = first = volume.geometry;
    const Orientation o = canonical_orientation(g);
    facts.orientation = orientation_name(g);
    for (std::size_t a = 0; a < 3; ++a) {
      facts.size[2 - a] = g.size[static_cast<std::size_t>(o.source[a])];
      facts.spacing[2 - a] = g.spacing[static_cast<std::size_t>(o.source[a])];
    }
  }
  if (!c.label.empty()) add_label_facts(c, labels, first, config, facts);
  return facts;
}

}  // namespace

Fingerprint fingerprint(const Dataset& dataset, const Config& config) {
  Fingerprint f{dataset.name, dataset.channels, dataset.labels.classes,
                std::vector<CaseFacts>(dataset.cases.size())};
  Progress progress("measuring", "cases", static_cast<std::int64_t>(dataset.cases.size()));
  parallel_for(static_cast<std::int64_t>(dataset.cases.size()),
               static_cast<int>(config.prep.workers), [&](std::int64_t i) {
                 f.cases[static_cast<std::size_t>(i)] =
                     facts_of(dataset.cases[static_cast<std::size_t>(i)], dataset.labels, config);
                 progress.advance();
               });
  return f;
}

}  // namespace seg
