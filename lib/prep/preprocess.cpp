#include "prep/preprocess.h"

#include "core/error.h"
#include "core/parallel.h"
#include "image/nifti.h"
#include "image/orientation.h"
#include "image/same_grid.h"
#include "image/volume_fault.h"
#include "prep/class_indices.h"
#include "prep/crop.h"
#include "prep/normalise.h"
#include "prep/prepared_label.h"
#include "prep/resample.h"
#include "prep/resample_between.h"

#include <torch/types.h>

#include <algorithm>
#include <deque>
#include <future>

namespace seg {
namespace {

void require_same_grid(const Case& c, const Geometry& first, const Geometry& other,
                       const std::filesystem::path& file) {
  const std::string difference = grid_difference(first, other);
  if (!difference.empty())
    fail_data("case {}: {} lies on another grid than {} ({}); resample one to the other", c.id,
              file.filename().string(), c.channels[0].filename().string(), difference);
}

// With prep.resample_to: first.
void require_overlap(const Case& c, const Geometry& first, const Geometry& other,
                     const std::filesystem::path& file) {
  if (const double share = overlap(first, other); share < least_overlap)
    fail_data("case {}: {} {}; correct its header", c.id, file.filename().string(),
              apart_text(share));
}

// The grid of the case; refused where its channels would not fit into the machine's memory.
Geometry grid_of(const Case& c, const Geometry& first, const PrepConfig& config) {
  const std::string file = c.channels[0].filename().string();
  Geometry grid;
  try {
    grid = prepared_grid(first, config);
  } catch (const VolumeError& e) {
    fail_data("case {}: {} {}", c.id, file, e.what());
  }
  constexpr double gib = 1 << 30;
  const double voxels = static_cast<double>(grid.size[0] * grid.size[1] * grid.size[2]),
               needed = voxels * sizeof(float) * static_cast<double>(c.channels.size() + 1) / gib,
               there = available_memory() / gib;
  if (needed > there)
    fail_data(
        "case {}: {} becomes {} x {} x {} voxels, for which {:.1f} GiB of memory are too little "
        "({:.1f} are needed); correct its voxel size, or set a larger prep.spacing",
        c.id, file, grid.size[0], grid.size[1], grid.size[2], there, needed);
  return grid;
}

void handle_nan(torch::Tensor& image, const PrepConfig& config, const Case& c,
                const std::filesystem::path& file) {
  const torch::Tensor finite = image.isfinite();
  if (finite.all().item<bool>()) return;
  const std::int64_t count = finite.logical_not().sum().item<std::int64_t>();
  if (config.nan == NotFinite::error)
    fail_data("case {}: {} has {} NaN or infinite voxels; mend it, or set prep.nan: fill", c.id,
              file.filename().string(), count);
  if (count == image.numel())
    fail_data("case {}: {} has no finite voxel", c.id, file.filename().string());
  image = filled(image);
}

void put_channel(torch::Tensor& image, std::int64_t k, std::int64_t channels,
                 torch::Tensor channel) {
  if (channels == 1) {
    image = std::move(channel);
    return;
  }
  if (k == 0) image = torch::empty({channels, channel.size(1), channel.size(2), channel.size(3)});
  image[k].copy_(channel[0]);
}

// The crop whose mean and deviation the region `crop` takes, found in the first channel, whose body
// `out` then remembers: rounding must not move the crop when the case is opened.
std::optional<Box> normalised_box(const torch::Tensor& first, const PrepConfig& config,
                                  PreparedCase& out) {
  if (config.normalise.region != NormaliseRegion::crop) return std::nullopt;
  if (config.crop.centre != CropCentre::volume)
    out.body = body_centre(clipped(first[0], config.normalise));
  return evaluation_box({.id = out.id, .image = first, .body = out.body}, config.crop);
}

// The files of a case in turn, the next `threads` of them read while one is worked on; on one
// thread, when they are asked for.
class Ahead {
 public:
  Ahead(const Case& c, int threads)
      : case_(c),
        in_flight_(static_cast<std::size_t>(std::max(1, threads))),
        policy_(threads == 1 ? std::launch::deferred : std::launch::async) {
    begin();
  }

  Volume next() {
    Volume volume = coming_.front().get();
    coming_.pop_front();
    begin();
    return volume;
  }

 private:
  void begin() {
    const std::size_t files = case_.channels.size() + (case_.label.empty() ? 0 : 1);
    for (; begun_ < files && coming_.size() < in_flight_; ++begun_) {
      const bool label = begun_ == case_.channels.size();
      const auto& path = label ? case_.label : case_.channels[begun_];
      coming_.push_back(std::async(
          policy_, [label, path] { return label ? read_label(path) : read_image(path); }));
    }
  }

  const Case& case_;
  std::size_t in_flight_, begun_ = 0;
  std::launch policy_;
  std::deque<std::future<Volume>> coming_;
};

// The label by class indices; throws where it fits neither the map nor the grid.
Volume checked_label(const Case& c, Volume label, const PrepConfig& config,
                     const std::map<int, std::uint8_t>& labels, const Geometry& first) {
  label.voxels = known_class_indices(label.voxels, labels, c.id, c.label);
  if (config.resample_to == ResampleTo::first)
    require_overlap(c, first, label.geometry, c.label);
  else
    require_same_grid(c, first, label.geometry, c.label);
  return label;
}

}  // namespace

PreparedCase preprocess(const Case& c, const PrepConfig& config,
                        const std::map<int, std::uint8_t>& labels, int threads) {
  PreparedCase out;
  out.id = c.id;
  Geometry first;
  Orientation orientation;
  std::optional<Box> crop;  // that normalise.region: crop means
  const auto n = static_cast<std::int64_t>(c.channels.size());
  Ahead files(c, threads);
  for (std::int64_t k = 0; k < n; ++k) {
    const auto& file = c.channels[static_cast<std::size_t>(k)];
    Volume volume = files.next();
    if (k == 0) {
      first = volume.geometry;
      orientation = canonical_orientation(first);
      out.geometry = grid_of(c, first, config);
    }
    handle_nan(volume.voxels, config, c, file);
    torch::Tensor channel;
    if (config.resample_to == ResampleTo::first &&
        !grid_difference(first, volume.geometry).empty()) {
      require_overlap(c, first, volume.geometry, file);
      channel = resample_image_between(volume.voxels, volume.geometry, out.geometry,
                                       config.interpolation, threads);
    } else {
      require_same_grid(c, first, volume.geometry, file);
      volume = reorient({std::move(volume.voxels), first}, orientation);
      channel = resample_image(std::move(volume.voxels), volume.geometry, out.geometry,
                               config.interpolation, threads);
    }
    volume = {};
    if (k == 0) crop = normalised_box(channel, config, out);
    z_score(channel, config.normalise, fmt::format("case {}, {}", c.id, file.filename().string()),
            threads, crop);
    put_channel(out.image, k, n, std::move(channel));
  }
  if (!c.label.empty())
    out.label = prepared_label(checked_label(c, files.next(), config, labels, first), first, config,
                               threads)
                    .voxels;
  return out;
}

}  // namespace seg
