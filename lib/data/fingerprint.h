#pragma once
// What a data set looks like in numbers: sizes, spacings, intensities, class volumes.
#include "config/config.h"
#include "data/dataset.h"
#include "image/geometry.h"

namespace seg {

// Of the finite voxels of a channel; percentiles from at most 2^20 of them, evenly spread.
struct IntensityFacts {
  double least = 0, p0_5 = 0, median = 0, p99_5 = 0, most = 0, mean = 0, deviation = 0;
};

struct CaseFacts {
  std::string id, orientation;           // "LPS": as stored
  Dhw<std::int64_t> size{};              // voxels D, H, W in canonical axes (RAS)
  Dhw<double> spacing{};                 // mm D, H, W
  std::vector<IntensityFacts> channels;  // before normalisation
  std::vector<double> millilitres;    // by class, background first; empty for a case without label
  std::vector<double> contour_share;  // by class: share of its voxels (at prep.spacing) in the
                                      // contour map of loss.contour
};

struct Fingerprint {
  std::string name;
  std::vector<std::string> channels, classes;
  std::vector<CaseFacts> cases;
};

// Reads every case, several at once, with progress. Throws Error(data) for a case that cannot be
// read, or whose label has a value outside the map: `segprep verify` lists them all.
Fingerprint fingerprint(const Dataset& dataset, const Config& config);

// For people: sizes and spacings (least, median, most), a line per channel, a line per class.
std::string fingerprint_table(const Fingerprint& f);
std::string fingerprint_json(const Fingerprint& f);

}  // namespace seg
