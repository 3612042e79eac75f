#include "report/picture.h"

#include "core/error.h"
#include "support/catch.h"

#include <torch/types.h>

#include <cmath>
#include <fstream>

namespace seg {
namespace {

std::vector<std::int64_t> pixel(const Picture& p, std::int64_t row, std::int64_t column) {
  const torch::Tensor rgb = p[row][column].to(torch::kInt64).contiguous();
  return {rgb.data_ptr<std::int64_t>(), rgb.data_ptr<std::int64_t>() + 3};
}

// A 4 x 6 label with a 2 x 3 block of class 1 and one voxel of ignore.
torch::Tensor block() {
  torch::Tensor label = torch::zeros({4, 6}, torch::kUInt8);
  label.slice(0, 1, 3).slice(1, 1, 4).fill_(1);
  label[0][5] = 255;
  return label;
}

}  // namespace

TEST_CASE("an axial slice shows the front at the top and the patient's right on the left",
          "[report]") {
  torch::Tensor volume =
      torch::zeros({2, 3, 4});  // RAS: the last index of H is the front, of W the right
  volume[1][2][3] = 7;
  CHECK(axial(volume, 1)[0][0].item<float>() == 7);
  CHECK(axial(volume.unsqueeze(0), 1)[0][0][0].item<float>() == 7);
  CHECK(axial(volume, 0).max().item<float>() == 0);
}

TEST_CASE("the slice to show has most classes, then most voxels", "[report]") {
  torch::Tensor label = torch::zeros({5, 4, 4}, torch::kUInt8);
  CHECK(slice_of_most_classes(label) == 2);
  label[4].fill_(3);
  CHECK(slice_of_most_classes(label) == 4);
  label[1][0][0] = 1;
  label[1][0][1] = 2;
  CHECK(slice_of_most_classes(label) == 1);
  label[3][0][0] = 1;
  label[3][0][1] = 2;
  label[3][0][2] = 2;
  CHECK(slice_of_most_classes(label) == 3);
  label[0].fill_(255);
  CHECK(slice_of_most_classes(label) == 3);
}

TEST_CASE("grey runs from black to white and keeps within", "[report]") {
  const Picture p = grey(torch::tensor({-5.f, 0.f, 1.f, 2.f, 9.f}).view({1, 5}), 0, 2);
  CHECK(pixel(p, 0, 0) == std::vector<std::int64_t>{0, 0, 0});
  CHECK(pixel(p, 0, 2) == std::vector<std::int64_t>{128, 128, 128});
  CHECK(pixel(p, 0, 4) == std::vector<std::int64_t>{255, 255, 255});
}

TEST_CASE("painting and outlining colour labelled pixels only", "[report]") {
  const Picture black = torch::zeros({4, 6, 3}, torch::kUInt8);
  const Picture full = painted(black, block(), 1), half = painted(black, block(), 0.5),
                edge = outlined(black, block());
  const auto colour = pixel(full, 1, 1);
  CHECK(colour != pixel(black, 0, 0));
  for (int c = 0; c < 3; ++c) CHECK(std::abs(pixel(half, 1, 1)[c] * 2 - colour[c]) <= 1);
  CHECK(torch::equal(full.any(-1), block() == 1));
  CHECK(torch::equal(edge.any(-1), block() == 1));  // a block two voxels high is all contour
  torch::Tensor wide = torch::zeros({7, 7}, torch::kUInt8);
  wide.slice(0, 1, 6).slice(1, 1, 6).fill_(2);
  CHECK(outlined(torch::zeros({7, 7, 3}, torch::kUInt8), wide).any(-1).sum().item<int>() == 16);
}

TEST_CASE("in an enlarged picture the outline is a thin line just within the class", "[report]") {
  torch::Tensor label = torch::zeros({7, 8}, torch::kUInt8);
  label.slice(0, 1, 6).slice(1, 1, 6).fill_(2);
  for (const auto& [k, line] : {std::pair(4, 1), std::pair(6, 2)}) {
    const torch::Tensor edge =
        outlined(torch::zeros({7 * k, 8 * k, 3}, torch::kUInt8), label).any(-1);
    torch::Tensor expected = torch::zeros({7 * k, 8 * k}, torch::kBool);
    expected.slice(0, k, 6 * k).slice(1, k, 6 * k).fill_(true);
    expected.slice(0, k + line, 6 * k - line).slice(1, k + line, 6 * k - line).fill_(false);
    CHECK(torch::equal(edge, expected));
  }
}

TEST_CASE("the grey window leaves out what is not finite", "[report]") {
  const torch::Tensor values = torch::arange(400, torch::kFloat32).view({20, 20}),
                      label = torch::ones({20, 20}, torch::kUInt8);
  const GreyWindow plain = grey_window(values, label);
  CHECK(plain.black < 0);
  CHECK(plain.white > 399);
  torch::Tensor broken = values.clone();
  broken[0][0] = NAN;
  broken[19][19] = INFINITY;
  CHECK(grey_window(broken, label).white == Approx(plain.white).epsilon(0.05));
  CHECK(pixel(grey(broken, 0, 400), 0, 0) == std::vector<std::int64_t>{0, 0, 0});
  CHECK(pixel(grey(broken, 0, 400), 19, 19) == std::vector<std::int64_t>{255, 255, 255});
  const GreyWindow none = grey_window(torch::full({3, 3}, NAN), torch::ones({3, 3}, torch::kUInt8));
  CHECK(none.white > none.black);
}

TEST_CASE("PNG bytes of colours and of grey", "[report]") {
  CHECK(png_bytes(torch::zeros({2, 3, 3}, torch::kUInt8)).starts_with("\x89PNG"));
  const std::string grey_bytes = png_bytes(torch::zeros({2, 3}, torch::kUInt8));
  CHECK(grey_bytes[25] == 0);  // colour type: grey
}

TEST_CASE("a sheet puts pictures in rows with a gap", "[report]") {
  const auto of = [](int value) { return torch::full({2, 3, 3}, value, torch::kUInt8); };
  const Picture all = sheet({of(1), of(2), of(3)}, 2);
  CHECK(all.size(0) == 8);
  CHECK(all.size(1) == 10);
  CHECK(pixel(all, 1, 2)[0] == 1);
  CHECK(pixel(all, 0, 7)[0] == 2);
  CHECK(pixel(all, 6, 0)[0] == 3);
  CHECK(pixel(all, 7, 9)[0] == 255);
  CHECK(enlarged(of(1), 3).sizes().vec() == std::vector<std::int64_t>{6, 9, 3});
}

TEST_CASE("a PNG is written whole or not at all", "[report]") {
  const test::TemporaryFolder folder;
  write_png(folder.path / "a.png", torch::full({5, 7, 3}, 9, torch::kUInt8));
  std::ifstream file(folder.path / "a.png", std::ios::binary);
  std::array<unsigned char, 24> head{};
  file.read(reinterpret_cast<char*>(head.data()), head.size());
  CHECK(std::string(head.begin() + 1, head.begin() + 4) == "PNG");
  CHECK(head[19] == 7);
  CHECK(head[23] == 5);
  CHECK_THROWS_AS(
      write_png(folder.path / "missing" / "a.png", torch::zeros({1, 1, 3}, torch::kUInt8)), Error);
}

}  // namespace seg
