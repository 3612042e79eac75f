// A case's picture: the slice, the slice with the reference, the slice with the prediction.
#include "evaluation/case_picture.h"

#include "core/files.h"
#include "support/catch.h"

#include <torch/types.h>

namespace seg {

TEST_CASE("a case's picture shows image, reference and prediction side by side", "[evaluation]") {
  torch::manual_seed(2);
  PreparedCase c{"case", torch::rand({1, 4, 30, 40}), torch::zeros({4, 30, 40}, torch::kUInt8), {}};
  c.label.slice(0, 2, 3).slice(1, 5, 15).slice(2, 5, 20).fill_(1);
  const torch::Tensor prediction = torch::zeros_like(c.label);
  prediction.slice(0, 2, 3).slice(1, 20, 28).slice(2, 30, 38).fill_(2);
  const Picture picture = case_picture(c, prediction);
  constexpr std::int64_t h = 30, w = 40, gap = 4, k = 6;  // small slices are drawn 6 times as large
  REQUIRE(picture.sizes().vec() == std::vector<std::int64_t>{k * h, 3 * k * w + 2 * gap, 3});
  const auto cell = [&](std::int64_t i) { return picture.narrow(1, i * (k * w + gap), k * w); };
  const auto changed = [&](std::int64_t i) { return cell(i).ne(cell(0)).any(-1); };
  const auto outside = [&](const torch::Tensor& label) {
    return enlarged(axial(label, 2), k) == 0;
  };
  CHECK(changed(1).logical_and(outside(c.label)).sum().item<int>() == 0);
  CHECK(changed(1).sum().item<int>() > 100 * k * k);
  CHECK(changed(2).logical_and(outside(prediction)).sum().item<int>() == 0);
  CHECK(changed(2).sum().item<int>() > 40 * k * k);

  const test::TemporaryFolder run;
  const auto path = write_case_picture(run.path, c, prediction);
  CHECK(path == run.path / "pictures/case.png");
  CHECK(read_file(path).starts_with("\x89PNG"));
}

}  // namespace seg
