// A figure: where its panels and texts are.
#include "study/figure_sheet.h"

#include "core/files.h"
#include "report/base64.h"
#include "report/xml.h"
#include "support/catch.h"
#include "support/errors.h"

#include <torch/types.h>

#include <set>

namespace seg {
namespace {

Picture plain_panel(std::int64_t h, std::int64_t w, int value) {
  return torch::full({h, w, 3}, value, torch::kUInt8);
}

// Two rows of three panels, of another size in each row.
Figure two_rows() {
  Figure figure{.title = "Title & more", .description = "What <it> shows", .legend = {}};
  figure.columns = {"Truth", "A<B", "C"};
  figure.rows.push_back({"first", {}, {2, 1}});
  figure.rows.push_back({"second", {}, {1, 1}});
  for (int i = 0; i < 3; ++i) {
    figure.rows[0].panels.push_back(plain_panel(20, 30, 40 + i));
    figure.rows[1].panels.push_back(plain_panel(30, 20, 50 + i));
  }
  for (int i = 0; i < 5; ++i)
    figure.legend.push_back({class_colour(i + 1), "class " + std::to_string(i)});
  return figure;
}

// The attribute of the element that holds `part`.
double number_before(const std::string& svg, const std::string& part, const std::string& name) {
  const std::size_t element = svg.rfind("<image", svg.find(part));
  const std::size_t at = svg.find(" " + name + "=\"", element);
  return std::stod(svg.substr(at + name.size() + 3));
}

}  // namespace

TEST_CASE("a figure's picture has a row of panels each, smaller ones amid black", "[study]") {
  const Picture picture = figure_picture(two_rows());
  constexpr std::int64_t side = 30, k = 6, gap = 4;  // small panels are drawn 6 times as large
  REQUIRE(picture.sizes().vec() ==
          std::vector<std::int64_t>{2 * k * side + gap, 3 * k * side + 2 * gap, 3});
  for (std::int64_t row = 0; row < 2; ++row)
    for (std::int64_t column = 0; column < 3; ++column) {
      const Picture cell = picture.narrow(0, row * (k * side + gap), k * side)
                               .narrow(1, column * (k * side + gap), k * side);
      const auto inside = row == 0 ? cell.narrow(0, 5 * k, 20 * k) : cell.narrow(1, 5 * k, 20 * k);
      CHECK(inside.eq(40 + 10 * row + column).all().item<bool>());
      CHECK(cell.ne(0).sum().item<std::int64_t>() == 20 * 30 * k * k * 3);
    }
}

TEST_CASE("a figure's SVG is one well-formed file with its panels in place and to scale",
          "[study]") {
  const Figure figure = two_rows();
  const std::string svg = figure_svg(figure);
  CHECK(test::xml_fault(svg).empty());
  for (const char* text : {">Title &amp; more<", ">What &lt;it&gt; shows<", ">Truth<", ">A&lt;B<",
                           ">C<", ">first<", ">second<", ">class 0<", ">class 4<"})
    CHECK(svg.find(text) != std::string::npos);
  for (const FigureKey& key : figure.legend)
    CHECK(svg.find("fill=\"" + hex(key.colour) + "\"") != std::string::npos);
  std::size_t links = 0;
  for (std::size_t at = 0; (at = svg.find("href=\"", at)) != std::string::npos; ++links, ++at)
    CHECK(svg.substr(at + 6).starts_with("data:image/png;base64,"));
  CHECK(links == 6);

  const auto of = [&](std::size_t row, std::size_t column, const char* name) {
    return number_before(svg, base64(png_bytes(figure.rows[row].panels[column])), name);
  };
  for (std::size_t row = 0; row < 2; ++row) {
    CHECK(of(row, 0, "x") < of(row, 1, "x"));
    CHECK(of(row, 1, "x") < of(row, 2, "x"));
    CHECK(of(row, 0, "y") == of(row, 2, "y"));
  }
  CHECK(of(1, 0, "y") > of(0, 0, "y") + of(0, 0, "height"));
  const double scale = of(0, 0, "width") / 30;  // units per millimetre
  CHECK(of(0, 0, "height") == Approx(2 * 20 * scale).epsilon(.01));
  CHECK(of(1, 0, "height") == Approx(30 * scale).epsilon(.01));
  CHECK(of(1, 0, "width") == Approx(20 * scale).epsilon(.01));
}

TEST_CASE("a figure is written as SVG and PNG under names that may hold dots", "[study]") {
  const test::TemporaryFolder folder;
  const Figure figure = two_rows();
  write_figure(figure, folder.path / "new" / "figure.v1");
  CHECK(read_file(folder.path / "new" / "figure.v1.svg") == figure_svg(figure));
  CHECK(read_file(folder.path / "new" / "figure.v1.png") == png_bytes(figure_picture(figure)));
}

TEST_CASE("a name that cannot be a figure's is refused before the work", "[study]") {
  const test::TemporaryFolder folder;
  const auto refused = [&](const std::filesystem::path& stem) {
    return test::error_of([&] { check_stem(stem); }, ErrorKind::config, folder.path);
  };
  CHECK(refused("") == "--output : names no file; write the name of the figure without an ending");
  CHECK(refused(folder.path / "") ==
        "--output ROOT/: names no file; write the name of the figure without an ending");
  CHECK(refused("a/f1.svg") ==
        "--output a/f1.svg: both f1.svg and .png are written; leave the ending out");
  std::filesystem::create_directory(folder.path / "k.png");
  CHECK(refused(folder.path / "k") ==
        "--output ROOT/k: ROOT/k.png is a folder; choose another name");
  CHECK(refused(folder.path / "figure.v1") == "no error");
}

}  // namespace seg
