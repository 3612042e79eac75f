#include "engine/compute.h"

#include "support/catch.h"

using namespace seg;

TEST_CASE("a batch is placed in the memory format asked for, with one channel too", "[engine]") {
  const auto channels = GENERATE(1, 2);
  const torch::Tensor image = torch::rand({2, channels, 3, 4, 5});
  Compute compute;
  CHECK(place(image, compute).suggest_memory_format() == torch::MemoryFormat::Contiguous);
  compute.channels_last = true;
  const torch::Tensor placed = place(image, compute);
  CHECK(placed.suggest_memory_format() == torch::MemoryFormat::ChannelsLast3d);
  CHECK(torch::equal(placed, image));
}
