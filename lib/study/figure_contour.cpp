#include "study/figure_contour.h"

#include "contour/contour.h"
#include "core/error.h"
#include "core/ignore.h"
#include "data/layouts.h"
#include "loss/loss_formula.h"
#include "prep/cache.h"
#include "report/planes.h"
#include "report/slice_outlines.h"
#include "study/figure_slice.h"

#include <fmt/format.h>

#include <algorithm>

namespace seg {
namespace {

void require_contour(LossName name) {
  if (row_of(name).reads_contour()) return;
  fail_config(
      "loss.name: {} reads no contour, so there is none to draw; set one that does, as CWCD",
      word_of(name));
}

Picture in_class_colours(const torch::Tensor& label) {
  return painted(torch::zeros({label.size(0), label.size(1), 3}, torch::kUInt8), label, 1);
}

// Background, whose contour a loss may read, has the colour of no class.
Picture contour_picture(const torch::Tensor& label, const torch::Tensor& contour) {
  Picture picture = in_class_colours(label * contour);
  const torch::Tensor background = contour.ne(0).logical_and(label.eq(0));
  const Colour colour = kNoClassColour;
  for (const auto& [channel, value] :
       {std::pair(0, colour.red), std::pair(1, colour.green), std::pair(2, colour.blue)})
    picture.select(2, channel).masked_fill_(background, value);
  return picture;
}

// Voxels that the cross-entropy does not count.
torch::Tensor uncounted_voxels(const torch::Tensor& label, const LossFormula& formula) {
  const torch::Tensor ignored = label == kIgnore;
  return formula.ce_background ? ignored : ignored.logical_or(label == 0);
}

std::string erosion_title(const LossConfig& loss) {
  if (row_of(loss.name).release()) return "Erosion E by a cube of 2";
  if (loss.contour.mode == ContourMode::adaptive)
    return fmt::format("Erosion E, n \u2264 {} by class", loss.contour.iterations);
  return fmt::format("Erosion E = G \u2296 k\u207f, n = {}", loss.contour.iterations);
}

std::string weight_title(const LossFormula& formula) {
  return fmt::format("Weights w = {:.4g} + {:.4g} C", formula.rest, formula.contour - formula.rest);
}

FigureKey weight_key(double weight, double most) {
  const torch::Tensor value = torch::full({1, 1}, weight, torch::kFloat32);
  const auto shade = grey(value, 0, most)[0][0][0].item<std::uint8_t>();
  return {{shade, shade, shade}, fmt::format("w = {:.4g}", weight)};
}

void add_weights(Figure& figure, const torch::Tensor& label, const torch::Tensor& contour,
                 const LossFormula& formula) {
  const double most = std::max(formula.rest, formula.contour);
  const torch::Tensor uncounted = uncounted_voxels(label, formula),
                      weights = torch::where(contour != 0, formula.contour, formula.rest)
                                    .to(torch::kFloat32)
                                    .masked_fill(uncounted, 0);
  figure.columns.push_back(weight_title(formula));
  figure.rows[0].panels.push_back(grey(weights, 0, most));
  for (const double weight : {formula.rest, formula.contour})
    figure.legend.push_back(weight_key(weight, most));
  if (uncounted.any().item<bool>()) figure.legend.push_back({{0, 0, 0}, "not counted"});
  figure.description += " Then the weights w of the cross-entropy in grey.";
}

std::vector<FigureKey> class_keys(const torch::Tensor& label,
                                  const std::vector<std::string>& classes) {
  std::vector<FigureKey> keys;
  for (const std::int64_t c : classes_in(label, label))
    keys.push_back({class_colour(c), class_name(classes, c)});
  return keys;
}

}  // namespace

Figure contour_figure(const torch::Tensor& label, std::int64_t z,
                      const std::vector<std::string>& classes, const LossConfig& loss) {
  require_contour(loss.name);
  const torch::Tensor contours =
      contour_of_loss(label.unsqueeze(0), static_cast<std::int64_t>(classes.size()), loss)[0];
  const torch::Tensor mask = axial(label, z), contour = axial(contours, z);
  const LossFormula formula = formula_of(loss);
  Figure figure{.title = "Contours of loss " + std::string(word_of(loss.name)),
                .description = "One axial slice: the mask G, its erosion E, the contour C.",
                .columns = {"Mask G", erosion_title(loss), "Contour C = G \u2212 E"},
                .rows = {{.panels = {in_class_colours(mask), in_class_colours(mask * (1 - contour)),
                                     contour_picture(mask, contour)}}},
                .legend = class_keys(mask, classes)};
  if (contour.logical_and(mask == 0).any().item<bool>())
    figure.legend.push_back({kNoClassColour, "contour of the background"});
  if (formula.ce == 0) return figure;
  add_weights(figure, mask, contour, formula);
  return figure;
}

void write_contour_figure(const Config& config, const std::string& case_id,
                          std::optional<std::int64_t> slice, const std::filesystem::path& stem) {
  check_stem(stem);
  require_contour(config.loss.name);
  const Dataset dataset = find_dataset(config.data);
  const Case& files = labelled_case(dataset, case_id);
  Cache cache(config.prep, config.data.root.text, dataset.labels.to_class);
  cache.build({files});
  const PreparedCase c = cache.open(files, CropFor::training);
  const torch::Tensor label = whole_label(c);
  const std::int64_t z = slice_index(case_id, label, slice);
  Figure figure = contour_figure(label, z, dataset.labels.classes, config.loss);
  figure.rows[0].caption = slice_name(case_id, label, z);
  figure.rows[0].pixel = pixel_size(c.geometry.spacing_dhw(), kPlanes[0]);
  write_figure(figure, stem);
}

}  // namespace seg
