// Probabilities in files: every voxel at its place in the source's grid, as we, ITK and nibabel
// see it.
#include "image/score_maps.h"
#include "core/files.h"
#include "image/gunzip.h"
#include "image/support.h"
#include "support/errors.h"
#include "support/nibabel.h"

#include <itkNiftiImageIO.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <sys/resource.h>
#include <csignal>

using namespace seg;
using namespace seg::test;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> classes = {"background", "left/right kidney", "tumour"};

std::int64_t class_count() { return static_cast<std::int64_t>(classes.size()); }

// [D, H, W, classes] of the source's canonical grid.
torch::Tensor probabilities_for(const fs::path& source) {
  const Geometry g = read_geometry(source);
  const Xyz<std::int64_t> size = reorient(g, canonical_orientation(g)).size;
  return torch::randn({size[2], size[1], size[0], class_count()}).mul(4).softmax(-1);
}

// In bands of rows, some with the classes outermost in memory, some as float16.
void put_all(ScoreMaps& maps, const torch::Tensor& p, std::int64_t slices, std::int64_t rows) {
  for (std::int64_t z = 0; z < p.size(0); z += slices)
    for (std::int64_t y = 0; y < p.size(1); y += rows) {
      torch::Tensor block = p.slice(0, z, z + slices).slice(1, y, y + rows);
      if (y % 2) block = block.permute({3, 0, 1, 2}).contiguous().permute({1, 2, 3, 0});
      maps.put(z, y, block);
    }
}

void write_maps(const fs::path& stem, ScoreFiles files, const fs::path& source,
                const torch::Tensor& p) {
  ScoreMaps maps(stem, files, classes, source, 2);
  put_all(maps, p, 2, 3);
  maps.finish();
}

std::string unpacked(const fs::path& file) {
  const std::string bytes = read_file(file);
  return gunzip_start({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()},
                      std::size_t{1} << 28);
}

// Both kinds of files of one source, looked at by us.
void check_maps(const fs::path& source, const fs::path& stem) {
  INFO(source);
  const torch::Tensor p = probabilities_for(source);
  write_maps(stem, ScoreFiles::per_class, source, p);
  write_maps(stem, ScoreFiles::four_d, source, p);
  const Geometry g = read_geometry(source);
  const std::string four = unpacked(score_place(stem, ScoreFiles::four_d));
  const std::size_t head = four.substr(0, 4).find('\x5c') == std::string::npos ? 544 : 352;
  std::string voxels;
  const std::vector<std::string> names = score_file_names(classes);
  for (std::size_t c = 0; c < names.size(); ++c) {
    const fs::path file = stem / (names[c] + ".nii.gz");
    const Volume v = read_image(file);
    CHECK((v.geometry.size == g.size && v.geometry.spacing == g.spacing &&
           v.geometry.origin == g.origin && v.geometry.direction == g.direction));
    const torch::Tensor canonical = reorient(v, canonical_orientation(g)).voxels[0];
    const torch::Tensor error = canonical - p.select(3, static_cast<std::int64_t>(c));
    CHECK(error.abs().max().item<double>() < 1 / 131070. + 1e-7);
    voxels += unpacked(file).substr(head);
  }
  CHECK(four.substr(head) == voxels);
}

// A source of 5 x 4 x 3 voxels whose axes run as the permutation and the three signs say.
fs::path turned_source(const fs::path& file, const std::array<int, 3>& axes, int flips,
                       const RawHeader& header) {
  std::vector<std::array<double, 4>> rows(3, {0, 0, 0, 7});
  for (std::size_t a = 0; a < 3; ++a)
    rows[static_cast<std::size_t>(axes[a])][a] =
        (flips >> a & 1 ? -1 : 1) * (1.0 + 0.5 * static_cast<double>(a));
  RawHeader turned(header);
  turned.dims({3, 5, 4, 3}).sform(rows).type(2);
  for (int a = 0; a < 3; ++a) turned.pixdim(a + 1, 1 + 0.5 * a);
  return put_file(file, turned.with(std::vector<std::uint8_t>(60)));
}

}  // namespace

TEST_CASE("probabilities lie where the source does, in all 48 orientations", "[image]") {
  const TemporaryFolder folder;
  std::array<int, 3> axes = {0, 1, 2};
  int kind = 0;
  do {
    for (int flips = 0; flips < 8; ++flips, ++kind)
      check_maps(turned_source(folder.path / "source.nii", axes, flips,
                               RawHeader(1 + kind % 2, kind / 2 % 2 == 1)),
                 folder.path / "scores");
  } while (std::next_permutation(axes.begin(), axes.end()));
  CHECK(kind == 48);
  CHECK(listing(folder.path) == "scores scores.nii.gz source.nii");
}

TEST_CASE("nibabel sees the probabilities of odd and real sources where these lie", "[image]") {
  const TemporaryFolder folder;
  std::vector<fs::path> sources = {
      turned_source(folder.path / "1.nii", {2, 0, 1}, 5, RawHeader(1, true)),
      turned_source(folder.path / "2.nii", {1, 2, 0}, 2, RawHeader(2, false)),
      put_file(folder.path / "units.nii",
               RawHeader().units(10).slope(3, 5).with(std::vector<float>(24)))};
  const fs::path root = folder_from_environment("SEG_DATA_DIR");
  if (!root.empty())
    for (const char* name : {"RAS", "LPS", "PIR", "SAL", "ILP", "big", "oblique_LAS_5.5mm_flair"})
      sources.push_back(root / "hard" / (std::string(name) + ".nii.gz"));
  SEG_NIBABEL(probabilities, "image/probabilities.py");
  std::string names;
  for (const std::string& name : score_file_names(classes)) names += " '" + name + "'";
  for (const fs::path& source : sources) {
    const fs::path stem = folder.path / "a b";
    check_maps(source, stem);
    const Outcome outcome =
        run_command(probabilities + " '" + source.string() + "' '" + stem.string() + "'" + names);
    INFO(source << "\n" << outcome.text);
    CHECK(outcome.code == 0);
  }
}

TEST_CASE("probabilities lie where an NRRD or MetaImage source does", "[image]") {
  const TemporaryFolder folder;
  const std::string voxels(48, '\0');
  check_maps(put_file(folder.path / "a.nrrd",
                      "NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\n"
                      "sizes: 4 3 2\nspace directions: (0,2,0) (-1.5,0,0) (0,0,3)\n"
                      "space origin: (5,-6,7)\nendian: little\nencoding: raw\n\n" +
                          voxels),
             folder.path / "scores");
  check_maps(put_file(folder.path / "a.mha",
                      "ObjectType = Image\nNDims = 3\nBinaryData = True\n"
                      "BinaryDataByteOrderMSB = False\nTransformMatrix = 0 0 1 1 0 0 0 -1 0\n"
                      "Offset = 5 -6 7\nElementSpacing = 2 1.5 3\nDimSize = 4 3 2\n"
                      "ElementType = MET_SHORT\nElementDataFile = LOCAL\n" +
                          voxels),
             folder.path / "scores");
}

TEST_CASE("ITK scales the probabilities", "[image]") {
  const TemporaryFolder folder;
  const fs::path source = turned_source(folder.path / "a.nii", {0, 1, 2}, 0, RawHeader());
  const torch::Tensor p = probabilities_for(source);
  write_maps(folder.path / "p", ScoreFiles::four_d, source, p);
  const auto io = itk::NiftiImageIO::New();
  io->SetFileName((folder.path / "p.nii.gz").string());
  io->ReadImageInformation();
  REQUIRE(io->GetNumberOfDimensions() == 4);
  REQUIRE(io->GetDimensions(3) == 3);
  REQUIRE(io->GetComponentType() == itk::IOComponentEnum::FLOAT);
  itk::ImageIORegion region(4);
  for (unsigned a = 0; a < 4; ++a) region.SetSize(a, io->GetDimensions(a));
  io->SetIORegion(region);
  const torch::Tensor read = torch::empty({3, 3, 4, 5});
  io->Read(read.data_ptr());
  CHECK((read - p.permute({3, 0, 1, 2})).abs().max().item<double>() < 1 / 131070. + 1e-6);
}

TEST_CASE("what is no probability is made one", "[image]") {
  const TemporaryFolder folder;
  const fs::path source = put_file(folder.path / "a.nii", RawHeader().with(std::vector<float>(24)));
  torch::Tensor p = torch::zeros({2, 3, 4, 3});
  const float odd[] = {-0.5f, 1.5f, std::nanf(""), INFINITY, -INFINITY, 1.0f, 0.5f, 1e-9f};
  for (int i = 0; i < 8; ++i) p.view({-1, 3})[i][0] = odd[i];
  ScoreMaps maps(folder.path / "p", ScoreFiles::per_class, classes, source);
  CHECK_THROWS(maps.put(1, 0, p));                 // reaches beyond the volume
  CHECK_THROWS(maps.put(0, 0, p.slice(2, 0, 3)));  // not every x
  CHECK_THROWS(maps.put(0, 0, p.slice(3, 0, 2)));  // not every class
  maps.put(0, 0, p.to(torch::kFloat16));
  maps.finish();
  const torch::Tensor read = read_image(folder.path / "p" / "background.nii.gz").voxels.flatten();
  const float want[] = {0, 1, 0, 1, 0, 1, 32768.f / 65535, 0};
  for (int i = 0; i < 8; ++i) CHECK(read[i].item<float>() == Approx(want[i]).margin(1e-7));
}

TEST_CASE("names of classes become names of files, no two alike", "[image]") {
  CHECK(score_file_names({"a b", "c/d", "..", "-x", "", "Nière", "\xff\n"}) ==
        std::vector<std::string>{"a_b", "c_d", "_..", "_-x", "_", "Nière", "__"});
  CHECK(score_file_names({"a/b", "a_b", "A b"}) ==
        std::vector<std::string>{"0_a_b", "1_a_b", "2_A_b"});
  CHECK(score_file_names({std::string(199, 'x') + "é"}).front() == std::string(199, 'x'));
}

TEST_CASE("probabilities are there whole or not at all", "[image]") {
  const TemporaryFolder folder;
  RawHeader header;
  header.dims({3, 64, 64, 16}).type(2);
  const fs::path source =
      put_file(folder.path / "a.nii", header.with(std::vector<std::uint8_t>(64 * 64 * 16)));
  const torch::Tensor p = probabilities_for(source);
  const auto files = GENERATE(ScoreFiles::per_class, ScoreFiles::four_d);
  const fs::path stem = folder.path / "p";
  const std::string name = score_place("ROOT/p", files).string();
  {
    ScoreMaps dropped(stem, files, classes, source);
    put_all(dropped, p, 16, 64);
  }
  CHECK(listing(folder.path) == "a.nii");
  ScoreMaps half(stem, files, classes, source);
  put_all(half, p.slice(0, 0, 8), 8, 64);
  CHECK(error_of([&] { half.finish(); }, ErrorKind::failure, folder.path) ==
        name + ": not every voxel has its probabilities; predict the case again");
  ScoreMaps maps(stem, files, classes, source);
  put_all(maps, p, 16, 64);
  struct rlimit whole {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &whole) == 0);
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit little = whole;
  little.rlim_cur = 50000;
  ::setrlimit(RLIMIT_FSIZE, &little);
  const std::string at_once = error_of([&] { ScoreMaps(stem, files, classes, source); },
                                       ErrorKind::failure, folder.path),
                    at_the_end = error_of([&] { maps.finish(); }, ErrorKind::failure, folder.path);
  ::setrlimit(RLIMIT_FSIZE, &whole);
  std::signal(SIGXFSZ, before);
  for (const std::string& says : {at_once, at_the_end})
    CHECK(says == name +
                      ": cannot be written (File too large); check the folder's rights and free "
                      "space");
  CHECK(listing(folder.path) == "a.nii");
  CHECK(error_of([&] { ScoreMaps(folder.path / "none" / "p", files, classes, source); },
                 ErrorKind::failure)
            .find("No such file or directory") != std::string::npos);
  maps.finish();  // the disk has room again
  CHECK(fs::exists(score_place(stem, files)));
}
