// Figure 1: its panels are the erosion and contour of Eq 1, written plainly.
#include "study/figure_contour.h"

#include "core/files.h"
#include "core/ignore.h"
#include "data/layouts.h"
#include "data/phantom.h"
#include "prep/cache.h"
#include "report/xml.h"
#include "support/errors.h"

#include <torch/types.h>

#include <array>
#include <cmath>

namespace seg {
namespace {

using Place = std::array<std::int64_t, 3>;

const std::vector<std::string> three_classes = {"background", "liver", "spleen"};

// Two structures that touch, one of them at the volume's border, and a part that is ignored.
torch::Tensor touching_boxes() {
  torch::Tensor label = torch::zeros({10, 12, 14}, torch::kUInt8);
  label.slice(0, 1, 9).slice(1, 2, 10).slice(2, 2, 8).fill_(1);
  label.slice(0, 2, 10).slice(1, 0, 9).slice(2, 8, 12).fill_(2);
  label.slice(1, 9, 12).slice(2, 0, 3).fill_(kIgnore);
  return label;
}

// Whether all voxels at offsets -back .. +forward have the label of the one at p.
bool survives(const torch::Tensor& label, const Place& p, std::int64_t back, std::int64_t forward,
              bool outside_differs) {
  const auto at = label.accessor<std::uint8_t, 3>();
  const int own = at[p[0]][p[1]][p[2]];
  for (std::int64_t z = p[0] - back; z <= p[0] + forward; ++z)
    for (std::int64_t y = p[1] - back; y <= p[1] + forward; ++y)
      for (std::int64_t x = p[2] - back; x <= p[2] + forward; ++x) {
        const bool inside = z >= 0 && y >= 0 && x >= 0 && z < label.size(0) && y < label.size(1) &&
                            x < label.size(2);
        if (!inside && outside_differs) return false;
        if (inside && at[z][y][x] != own && at[z][y][x] != kIgnore) return false;
      }
  return true;
}

// n_j of class j: clamp(floor(beta m_j + 1/2), 1, n), m_j its largest distance to another label.
std::int64_t adaptive_thickness(const torch::Tensor& label, int j, const ContourConfig& c) {
  const auto at = label.accessor<std::uint8_t, 3>();
  std::int64_t largest = 0;
  for (std::int64_t z = 0; z < label.size(0); ++z)
    for (std::int64_t y = 0; y < label.size(1); ++y)
      for (std::int64_t x = 0; x < label.size(2); ++x)
        if (at[z][y][x] == j)
          while (survives(label, {z, y, x}, largest, largest, false)) ++largest;
  const double n = std::floor(c.beta * static_cast<double>(largest) + .5);
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(n), 1, c.iterations);
}

bool plainly_eroded(const torch::Tensor& label, const Place& p, const LossConfig& loss) {
  if (loss.name == LossName::CWCD_release) return survives(label, p, 1, 0, true);
  const int own = label[p[0]][p[1]][p[2]].item<int>();
  const std::int64_t n = loss.contour.mode == ContourMode::adaptive
                             ? adaptive_thickness(label, own, loss.contour)
                             : loss.contour.iterations;
  return survives(label, p, n, n, loss.contour.border == ContourBorder::zero);
}

std::array<int, 3> colour_at(const Picture& picture, std::int64_t row, std::int64_t column) {
  const auto at = picture.accessor<std::uint8_t, 3>();
  return {at[row][column][0], at[row][column][1], at[row][column][2]};
}

std::array<int, 3> rgb(Colour colour) { return {colour.red, colour.green, colour.blue}; }

constexpr std::array<int, 3> black = {0, 0, 0};

// Every pixel of the panels of the slice z against the plain erosion.
void check_panels(const torch::Tensor& label, std::int64_t z, const LossConfig& loss,
                  const Figure& figure) {
  const bool release = loss.name == LossName::CWCD_release;
  const bool all = release || loss.contour.classes == ContourClasses::all;
  const double rest = release ? 1 : loss.contour.base,
               edge = release ? 2 : loss.contour.base + loss.alpha;
  const std::int64_t H = label.size(1), W = label.size(2);
  const auto panel = [&](std::size_t i) { return figure.rows.at(0).panels.at(i); };
  for (std::int64_t y = 0; y < H; ++y)
    for (std::int64_t x = 0; x < W; ++x) {
      const int own = label[z][y][x].item<int>();
      const std::int64_t row = H - 1 - y, column = W - 1 - x;
      const bool ignored = own == kIgnore, target = own > 0 && !ignored;
      const bool contour = (target || (all && own == 0)) && !plainly_eroded(label, {z, y, x}, loss);
      const auto mask = target ? rgb(class_colour(own)) : black;
      const bool counts = !ignored && (loss.ce_background || release || own != 0);
      const double weight = counts ? (contour ? edge : rest) : 0;
      const int shade = static_cast<int>(std::lround(255 * weight / std::max(rest, edge)));
      INFO("voxel " << y << ' ' << x << " of label " << own);
      REQUIRE(colour_at(panel(0), row, column) == mask);
      REQUIRE(colour_at(panel(1), row, column) == (contour ? black : mask));
      REQUIRE(colour_at(panel(2), row, column) == (!contour ? black
                                                   : target ? mask
                                                            : rgb(kNoClassColour)));
      if (loss.name == LossName::SDL) continue;
      REQUIRE(colour_at(panel(3), row, column) == std::array<int, 3>{shade, shade, shade});
    }
}

}  // namespace

TEST_CASE("the panels of Figure 1 are mask, erosion, contour and weights of the loss", "[study]") {
  const std::vector<std::string> keys =
      GENERATE(std::vector<std::string>{"loss.contour.iterations=2"},
               std::vector<std::string>{"loss.contour.iterations=1", "loss.contour.border=zero",
                                        "loss.alpha=4"},
               std::vector<std::string>{"loss.contour.iterations=2", "loss.contour.classes=all"},
               std::vector<std::string>{"loss.contour.iterations=6", "loss.contour.mode=adaptive",
                                        "loss.contour.base=0.5"},
               std::vector<std::string>{"loss.name=CWCE", "loss.ce_background=false"},
               std::vector<std::string>{"loss.name=SDL", "loss.contour.iterations=3"},
               std::vector<std::string>{"loss.name=CWCD_release", "loss.ce_background=false"});
  CAPTURE(keys);
  const LossConfig loss = config_from(keys).loss;
  const torch::Tensor label = touching_boxes();
  const Figure figure = contour_figure(label, 4, three_classes, loss);
  CHECK(figure.columns.size() == (loss.name == LossName::SDL ? 3 : 4));
  CHECK(figure.rows.at(0).panels.size() == figure.columns.size());
  CHECK(figure.columns[0] == "Mask G");
  CHECK(test::xml_fault(figure_svg(figure)).empty());
  check_panels(label, 4, loss, figure);
}

TEST_CASE("Figure 1 says n, the weights and what the colours mean", "[study]") {
  const LossConfig loss =
      config_from({"loss.contour.iterations=2", "loss.alpha=4", "loss.contour.classes=all"}).loss;
  const Figure figure = contour_figure(touching_boxes(), 4, three_classes, loss);
  CHECK(figure.columns == std::vector<std::string>{"Mask G", "Erosion E = G \u2296 k\u207f, n = 2",
                                                   "Contour C = G \u2212 E",
                                                   "Weights w = 1 + 4 C"});
  std::string legend;
  for (const FigureKey& key : figure.legend) legend += key.meaning + " " + hex(key.colour) + "; ";
  CHECK(legend ==
        "liver #e69f00; spleen #56b4e9; contour of the background #8a8a8a; w = 1 #333333; "
        "w = 5 #ffffff; not counted #000000; ");
}

TEST_CASE("Figure 1 of a case is drawn of what training sees of it", "[study]") {
  const test::TemporaryFolder folder;
  write_amos_phantom({.cases = 2, .seed = 4, .size = {32, 48, 48}}, folder.path / "data");
  const auto config_with = [&](const std::string& more) {
    return config_from({"data.root=" + (folder.path / "data").string(),
                        "prep.cache=" + (folder.path / "cache").string(), "prep.spacing=[4,4,6]",
                        "prep.crop.size=[~,~,30]", "loss.contour.iterations=2", more});
  };
  const Config config = config_with("loss.alpha=2");
  write_contour_figure(config, "amos_0002", std::nullopt, folder.path / "chosen");
  write_contour_figure(config, "amos_0002", 3, folder.path / "third");

  const Dataset dataset = find_dataset(config.data);
  const Cache cache(config.prep, config.data.root.text, dataset.labels.to_class);
  const torch::Tensor label = whole_label(cache.open(dataset.cases.at(1), CropFor::training));
  const auto expect = [&](const char* stem, std::int64_t z) {
    const Figure figure = contour_figure(label, z, dataset.labels.classes, config.loss);
    CHECK(read_file(folder.path / (std::string(stem) + ".png")) ==
          png_bytes(figure_picture(figure)));
    const std::string svg = read_file(folder.path / (std::string(stem) + ".svg"));
    CHECK(test::xml_fault(svg).empty());
    CHECK(svg.find(fmt::format(">Case amos_0002, slice {} of {}<", z + 1, label.size(0))) !=
          std::string::npos);
  };
  expect("chosen", slice_of_most_classes(label));
  expect("third", 2);

  const auto error = [&](const Config& c, const std::string& id, std::int64_t slice) {
    return test::error_of([&] { write_contour_figure(c, id, slice, folder.path / "none"); },
                          ErrorKind::config);
  };
  CHECK(error(config, "amos_002", 1) ==
        "case amos_002: the data set data has no such case; name one of its 2; did you mean "
        "'amos_0002'?");
  CHECK(error(config, "amos_0001", 0).starts_with("case amos_0001: has no slice 0; name one of 1"));
  CHECK(error(config, "amos_0001", 999).starts_with("case amos_0001: has no slice 999;"));
  CHECK(error(config_with("loss.name=CEDL"), "amos_0001", 1).find("CEDL reads no contour") !=
        std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.path / "none.svg"));
}

}  // namespace seg
