#pragma once
// The exact distance transform of a set of places, in millimetres and double precision, a plane at
// a time: 2 bytes per voxel are kept, the rest is a plane's.
#include "distance/bit_volume.h"
#include "distance/envelope.h"

#include <cstdint>
#include <vector>

namespace seg {

class PlaneTransform {
 public:
  // places: less than 65535 along D.
  PlaneTransform(const BitVolume& places, const Dhw<double>& spacing);

  // From here on distances are those of the places of plane d.
  void go_to_plane(std::int64_t d);

  // Of the row h of that plane to the nearest place: squared[w] in mm2, +inf where there is none.
  void row(std::int64_t h, std::vector<double>& squared);

 private:
  Dhw<std::int64_t> size_;
  Dhw<double> spacing_;
  std::vector<std::uint16_t> planes_away_;  // [D, H, W], along D alone
  std::vector<double> plane_;               // [H, W]: mm2 along D and H
  Envelope<double> along_h_, along_w_;
};

}  // namespace seg
