// Labels on the grid of another file: as we, ITK and nibabel see them.
#include "core/files.h"
#include "image/support.h"
#include "support/errors.h"
#include "support/nibabel.h"

#include <itkNiftiImageIO.h>
#include <torch/types.h>

#include <sys/resource.h>
#include <csignal>
#include <limits>

using namespace seg;
using namespace seg::test;
namespace fs = std::filesystem;

namespace {

// (x + 3 y + 7 z) k mod n, which tells every axis and direction from every other; k is 1 where
// bytes hold what is less than n, else 997.
torch::Tensor pattern(const Xyz<std::int64_t>& size, int n) {
  const auto axis = [](std::int64_t count) { return torch::arange(count, torch::kInt32); };
  return (axis(size[0]) + 3 * axis(size[1]).unsqueeze(1) +
          7 * axis(size[2]).unsqueeze(1).unsqueeze(2))
      .mul(n <= 256 ? 1 : 997)
      .remainder(n);
}

bool same_geometry(const Geometry& a, const Geometry& b) {
  return a.size == b.size && a.spacing == b.spacing && a.origin == b.origin &&
         a.direction == b.direction;
}

// ITK's own reader finds both files at one place, or reads neither.
bool itk_agrees(const fs::path& source, const fs::path& label) {
  const auto a = itk::NiftiImageIO::New(), b = itk::NiftiImageIO::New();
  a->SetFileName(source.string());
  b->SetFileName(label.string());
  if (!a->CanReadFile(source.c_str())) return true;  // NIfTI-2
  try {
    a->ReadImageInformation();
  } catch (const itk::ExceptionObject&) {  // a negative pixdim beside a good sform
    return true;
  }
  b->ReadImageInformation();
  bool same = a->GetNumberOfDimensions() == b->GetNumberOfDimensions();
  for (unsigned d = 0; same && d < a->GetNumberOfDimensions(); ++d)
    same = a->GetDimensions(d) == b->GetDimensions(d) && a->GetSpacing(d) == b->GetSpacing(d) &&
           a->GetOrigin(d) == b->GetOrigin(d) && a->GetDirection(d) == b->GetDirection(d);
  return same;
}

// Writes the pattern beside every source and looks at it; what to tell same_place.py.
std::string write_and_check(const std::vector<fs::path>& sources, const fs::path& folder, int n) {
  std::string arguments = " " + std::to_string(n);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    INFO(sources[i]);
    const fs::path label = folder / (std::to_string(i) + (i % 3 == 2 ? ".nii" : ".nii.gz"));
    const VolumeHeader header = read_header(sources[i]);
    const torch::Tensor values = pattern(header.geometry.size, n);
    write_label_like(label, n <= 256 ? values.to(torch::kUInt8) : values, sources[i]);
    CHECK(read_label(label).voxels.equal(values));
    CHECK(same_geometry(read_header(label).geometry, header.geometry));
    CHECK(read_header(label).conflict == header.conflict);
    CHECK(itk_agrees(sources[i], label));
    arguments += " '" + sources[i].string() + "' '" + label.string() + "'";
  }
  return arguments;
}

// The ways in which a header may say the same.
std::vector<fs::path> odd_sources(const fs::path& folder) {
  std::vector<fs::path> files;
  const std::vector<std::int16_t> voxels(24, 5);
  const auto add = [&](const RawHeader& header, const std::string& extension = "") {
    const fs::path file = folder / ("source" + std::to_string(files.size()) + ".nii");
    files.push_back(put_file(file, header.with(voxels, extension)));
  };
  for (const int version : {1, 2})
    for (const bool swap : {false, true}) {
      RawHeader header(version, swap);
      header.type(4).sform({{0, 2, 0, -5}, {1, 0, 0, 6}, {0, 0, -3, 7}}).slope(2, -1000);
      for (int a = 1; a <= 3; ++a) header.pixdim(a, a);
      add(header.units(10));                         // millimetres and seconds
      add(RawHeader(header).dims({4, 4, 3, 2, 1}));  // trailing dimensions
      add(RawHeader(header).dims({7, 4, 3, 2, 1, 1, 1, 1}).pixdim(4, 2.5));
      add(RawHeader(header).dims(
          {3, 4, 3, 2, 9, 0, -4, 7}));                      // what is not counted is not looked at
      add(RawHeader(header).qform({0, 0, 1, 10, 20, 30}));  // the qform alone
      add(RawHeader(header).qform({0.1, 0.2, 0.3, 1, 2, 3}).pixdim(0, -1));
      add(RawHeader(header).codes(0, 4).pixdim(2, -2));
      add(RawHeader(header).codes(0, 0));
      add(RawHeader(header).offset(version == 1 ? 384 : 576), std::string(32, '\0'));
      RawHeader intent(header);  // a statistic, to be seen from 100 to 200
      version == 1 ? intent.put<std::int16_t>(68, 3).put<float>(56, 12).put<float>(124, 200)
                   : intent.put<std::int32_t>(504, 3).put<double>(80, 12).put<double>(192, 200);
      add(intent);
    }
  return files;
}

// Labels of bytes and of words beside the sources, and nibabel's opinion of them.
void check_places(const std::vector<fs::path>& sources, const fs::path& folder) {
  const fs::path second = folder / "words";
  fs::create_directory(second);
  const std::string bytes = write_and_check(sources, folder, 250),
                    words = write_and_check(sources, second, 60000);
  SEG_NIBABEL(same_place, "image/same_place.py");
  for (const std::string& files : {bytes, words}) {
    const Outcome outcome = run_command(same_place + files);
    INFO(outcome.text);
    CHECK(outcome.code == 0);
    CHECK(outcome.text.find("nibabel: " + std::to_string(sources.size())) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("a label lies where its source does, whatever the source's header says", "[image]") {
  const TemporaryFolder folder;
  const std::vector<fs::path> sources = odd_sources(folder.path);
  check_places(sources, folder.path);
}

TEST_CASE("a label lies where its real source does", "[image][real]") {
  SEG_REAL_DATA(root);
  const TemporaryFolder folder;
  std::vector<fs::path> sources;
  for (const char* set : {"hard", "amos_like", "brats_4ch"})
    for (const auto& entry : fs::recursive_directory_iterator(root / set)) {
      if (!entry.is_regular_file()) continue;
      try {
        read_header(entry.path());
        sources.push_back(entry.path());
      } catch (const VolumeError&) {  // as odd real files must be: real_files_test.cpp
      }
    }
  CHECK(sources.size() >= 25);
  check_places(sources, folder.path);
}

TEST_CASE("a label's header keeps the place to the byte, and nothing of what the image was",
          "[image]") {
  const TemporaryFolder folder;
  const fs::path source = folder.path / "a.nii", label = folder.path / "l.nii";
  for (const bool swap : {false, true}) {
    RawHeader header(1, swap);
    header.type(4).put<float>(56, 7).put<std::int16_t>(68, 3).put<float>(124, 99);
    header.put<char>(148, 'd').put<char>(228, 'p').put<char>(328, 'i').put<char>(39, 57);
    header.offset(360).put<char>(348, 1);
    put_file(source, header.with(std::vector<std::int16_t>(24, 1), std::string(8, 'e')));
    write_label_like(label, pattern({4, 3, 2}, 250), source);
    const std::string before = read_file(source), after = read_file(label);
    REQUIRE(after.size() == 352 + 24);
    for (const auto& [begin, count] : std::vector<std::pair<std::size_t, std::size_t>>{
             {0, 56}, {74, 34}, {120, 4}, {132, 8}, {148, 80}, {252, 76}, {344, 4}})
      CHECK(before.substr(begin, count) == after.substr(begin, count));
    for (const auto& [begin, count] : std::vector<std::pair<std::size_t, std::size_t>>{
             {56, 12}, {116, 4}, {124, 8}, {140, 8}, {228, 24}, {328, 16}, {348, 4}})
      CHECK(after.substr(begin, count) == std::string(count, '\0'));
    const RawHeader want = RawHeader(1, swap).type(2).put<std::int16_t>(68, 1002);
    CHECK(after.substr(68, 4) == want.bytes().substr(68, 4));
    CHECK(after.substr(108, 8) == want.bytes().substr(108, 8));
  }
}

TEST_CASE("labels take the smallest type that holds them, and nothing that none does", "[image]") {
  const TemporaryFolder folder;
  const fs::path source = put_file(folder.path / "a.nii", RawHeader().with(std::vector<float>(24)));
  const fs::path label = folder.path / "l.nii";
  for (const int most : {255, 256, 65535}) {
    const torch::Tensor values = torch::zeros({2, 3, 4}, torch::kInt32);
    values[1][2][3] = most;
    write_label_like(label, values, source);
    CHECK(fs::file_size(label) == 352 + 24 * (most > 255 ? 2 : 1));
    CHECK(read_label(label).voxels.equal(values));
  }
  CHECK_THROWS_WITH(write_label_like(label, torch::full({2, 3, 4}, 65536, torch::kInt32), source),
                    Catch::Contains("65536"));
  CHECK_THROWS_WITH(write_label_like(label, torch::full({2, 3, 4}, -1, torch::kInt32), source),
                    Catch::Contains("must be 0 to 65535"));
  CHECK_THROWS_WITH(write_label_like(label, torch::zeros({4, 3, 2}, torch::kUInt8), source),
                    Catch::Contains("do not fit the grid of"));
}

TEST_CASE("where the disk is full a label is whole or not there, and one sentence says why",
          "[image]") {
  const TemporaryFolder folder;
  RawHeader header;
  header.dims({3, 64, 64, 64}).type(2);
  const fs::path source =
      put_file(folder.path / "a.nii", header.with(std::vector<std::uint8_t>(64 * 64 * 64)));
  const torch::Tensor noise = torch::randint(0, 255, {64, 64, 64}, torch::kUInt8);
  struct rlimit whole {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &whole) == 0);
  const auto before = std::signal(SIGXFSZ, SIG_IGN);  // the system's answer is an error then
  for (const char* name : {"l.nii", "l.nii.gz"}) {
    const fs::path label = folder.path / name;
    write_label_like(label, noise * 0, source);
    const std::string old = read_file(label);
    rlimit little = whole;
    little.rlim_cur = 100000;
    ::setrlimit(RLIMIT_FSIZE, &little);
    const std::string says =
        error_of([&] { write_label_like(label, noise, source); }, ErrorKind::failure, folder.path);
    ::setrlimit(RLIMIT_FSIZE, &whole);
    CHECK(says == std::string("ROOT/") + name +
                      ": cannot be written (File too large); check the folder's rights and free "
                      "space");
    CHECK(read_file(label) == old);
  }
  std::signal(SIGXFSZ, before);
  CHECK(listing(folder.path) == "a.nii l.nii l.nii.gz");
  CHECK_THROWS_WITH(write_label_like(folder.path / "none" / "l.nii.gz", noise, source),
                    Catch::Contains("No such file or directory"));
}
