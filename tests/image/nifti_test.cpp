// Files written byte by byte: what must be read, and what must be refused.
#include "image/support.h"
#include "support/variable.h"

#include <torch/types.h>

#include <sys/stat.h>
#include <cmath>
#include <limits>

using namespace seg;
using namespace seg::test;
namespace fs = std::filesystem;

namespace {

constexpr int count = 24;  // voxels of RawHeader's 4 x 3 x 2

std::vector<float> ramp() {
  std::vector<float> v(count);
  for (int i = 0; i < count; ++i) v[static_cast<std::size_t>(i)] = static_cast<float>(i) - 3.5f;
  return v;
}

template <class T>
void check_type(int code) {
  const TemporaryFolder folder;
  const std::vector<T> values = [] {
    std::vector<T> v(count);
    for (int i = 0; i < count; ++i)
      v[static_cast<std::size_t>(i)] = static_cast<T>(i * 3 - (std::is_signed_v<T> ? 20 : 0));
    v[1] = std::numeric_limits<T>::max();
    v[2] = std::numeric_limits<T>::lowest();
    return v;
  }();
  for (const int version : {1, 2})
    for (const bool swap : {false, true})
      for (const bool packed : {false, true})
        for (const double slope : {0.0, 1.0, 0.5}) {
          RawHeader header(version, swap);
          header.type(code).slope(slope, slope == 0.5 ? -2 : 0);
          const std::string bytes = header.with(values);
          const Volume v =
              read_image(put_file(folder.path / "a.nii", packed ? gzip(bytes) : bytes));
          REQUIRE(v.voxels.sizes() == torch::IntArrayRef({1, 2, 3, 4}));
          REQUIRE(v.voxels.dtype() == torch::kFloat32);
          const float* got = v.voxels.data_ptr<float>();
          for (std::size_t i = 0; i < count; ++i) {
            const float want = slope == 0.5
                                   ? static_cast<float>(static_cast<double>(values[i]) * 0.5 - 2)
                                   : static_cast<float>(values[i]);
            REQUIRE(got[i] == want);
          }
        }
}

}  // namespace

TEST_CASE("every real voxel type, either byte order, both versions, plain and compressed",
          "[image][nifti]") {
  check_type<std::uint8_t>(2);
  check_type<std::int16_t>(4);
  check_type<std::int32_t>(8);
  check_type<float>(16);
  check_type<double>(64);
  check_type<std::int8_t>(256);
  check_type<std::uint16_t>(512);
  check_type<std::uint32_t>(768);
  check_type<std::int64_t>(1024);
  check_type<std::uint64_t>(1280);
}

TEST_CASE("NaN and infinite voxels stay what they are", "[image][nifti]") {
  const TemporaryFolder folder;
  std::vector<float> values = ramp();
  values[5] = std::numeric_limits<float>::quiet_NaN();
  values[6] = std::numeric_limits<float>::infinity();
  for (const bool swap : {false, true}) {
    const Volume v = read_image(put_file(folder.path / "a.nii", RawHeader(1, swap).with(values)));
    CHECK(std::isnan(v.voxels.flatten()[5].item<float>()));
    CHECK(std::isinf(v.voxels.flatten()[6].item<float>()));
    CHECK(v.voxels.isfinite().sum().item<int>() == count - 2);
  }
}

TEST_CASE("an extension is skipped, a data offset that is not a multiple of four too",
          "[image][nifti]") {
  const TemporaryFolder folder;
  for (const std::size_t extra : {32UL, 33UL, 6000UL}) {
    RawHeader header;
    header.offset(352.0 + static_cast<double>(extra));
    const std::string bytes = header.with(ramp(), std::string(extra, 'x'));
    for (const std::string& content : {bytes, gzip(bytes)}) {
      const Volume v = read_image(put_file(folder.path / "a.nii.gz", content));
      CHECK(v.voxels.flatten().equal(torch::tensor(ramp())));
    }
  }
}

TEST_CASE("a slope that is no number scales nothing; an intercept that is none is refused",
          "[image][nifti]") {
  const TemporaryFolder folder;
  const double nan = std::numeric_limits<double>::quiet_NaN(),
               inf = std::numeric_limits<double>::infinity();
  for (const double slope : {nan, inf, 0.0}) {
    const Volume v =
        read_image(put_file(folder.path / "a.nii", RawHeader().slope(slope, 7).with(ramp())));
    CHECK(v.voxels.flatten().equal(torch::tensor(ramp())));
  }
  refused(put_file(folder.path / "b.nii", RawHeader().slope(2, nan).with(ramp())),
          VolumeFault::header, "scl_inter is nan");
}

TEST_CASE("a file that ends early is refused wherever it is cut", "[image][nifti]") {
  const TemporaryFolder folder;
  std::vector<float> noise(40 * 40 * 20);
  std::uint32_t state = 1;
  for (float& v : noise) v = static_cast<float>((state = state * 1664525u + 1013904223u) >> 8);
  const std::string plain = RawHeader().dims({3, 40, 40, 20}).with(noise), packed = gzip(plain);
  CHECK(read_image(put_file(folder.path / "whole.nii.gz", packed)).voxels.numel() == 32000);
  for (const double share : {0.3, 0.7, 0.99}) {
    refused(put_file(folder.path / "a.nii",
                     plain.substr(
                         0, static_cast<std::size_t>(share * static_cast<double>(plain.size())))),
            VolumeFault::truncated, "truncated");
    refused(put_file(folder.path / "a.nii.gz",
                     packed.substr(
                         0, static_cast<std::size_t>(share * static_cast<double>(packed.size())))),
            VolumeFault::truncated, "truncated");
  }
  for (const std::size_t missing : {1, 4, 8})  // within the checksum
    refused(put_file(folder.path / "a.nii.gz", packed.substr(0, packed.size() - missing)),
            VolumeFault::truncated, "truncated");
  refused(put_file(folder.path / "a.nii.gz", gzip(plain.substr(0, plain.size() - 1))),
          VolumeFault::truncated, "truncated");
  refused(put_file(folder.path / "a.nii", plain.substr(0, 200)), VolumeFault::truncated,
          "within its header");
  refused(put_file(folder.path / "a.nii.gz", packed.substr(0, 40)), VolumeFault::not_nifti,
          "not a NIfTI file");
  CHECK_THROWS_AS(read_header(put_file(folder.path / "a.nii", plain.substr(0, 5000))), VolumeError);
}

TEST_CASE("a damaged byte, a wrong checksum and what follows the data are refused",
          "[image][nifti]") {
  const TemporaryFolder folder;
  std::vector<float> values(32000, 1.0f);
  for (std::size_t i = 0; i < values.size(); i += 3)
    values[i] = static_cast<float>(i * 2654435761u % 1000);
  const std::string plain = RawHeader().dims({3, 40, 40, 20}).with(values), packed = gzip(plain);
  std::string crc = packed;
  crc[crc.size() - 6] ^= 1;
  refused(put_file(folder.path / "a.nii.gz", crc), VolumeFault::damaged, "corrupt");
  std::string middle = packed;
  for (std::size_t i = 0; i < 8; ++i) middle[middle.size() / 2 + i] ^= 0x55;
  CHECK_THROWS_AS(read_image(put_file(folder.path / "a.nii.gz", middle)), VolumeError);
  refused(put_file(folder.path / "a.nii.gz", packed + "garbage"), VolumeFault::damaged, "not gzip");
  refused(put_file(folder.path / "a.nii.gz", gzip(plain + "more")), VolumeFault::damaged,
          "goes on behind");
  refused(put_file(folder.path / "a.nii", plain + "more"), VolumeFault::damaged, "goes on behind");
  refused(put_file(folder.path / "a.nii.gz", packed + gzip("more")), VolumeFault::damaged,
          "goes on behind");
}

TEST_CASE("several gzip members are one stream, and zero padding behind them is none",
          "[image][nifti]") {
  const TemporaryFolder folder;
  const std::string plain = RawHeader().with(ramp());
  const std::string parts =
      gzip(plain.substr(0, 360)) + gzip("") + gzip(plain.substr(360)) + std::string(512, '\0');
  CHECK(read_image(put_file(folder.path / "a.nii.gz", parts))
            .voxels.flatten()
            .equal(torch::tensor(ramp())));
  refused(put_file(folder.path / "a.nii.gz", gzip(plain.substr(0, 360))), VolumeFault::truncated,
          "truncated");
}

TEST_CASE("hostile headers end in one sentence, before anything is allocated", "[image][nifti]") {
  const TemporaryFolder folder;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto file = [&](const RawHeader& header) {
    return put_file(folder.path / "a.nii", header.with(ramp()));
  };
  const auto zipped = [&](const RawHeader& header) {
    return put_file(folder.path / "a.nii.gz", gzip(header.with(ramp())));
  };
  refused(file(RawHeader().dims({3, 32767, 32767, 32767})), VolumeFault::truncated, "truncated");
  refused(zipped(RawHeader().dims({3, 32767, 32767, 32767})), VolumeFault::truncated, "truncated");
  refused(file(RawHeader(2).dims({3, 1LL << 40, 1LL << 40, 1LL << 40})), VolumeFault::header,
          "header claims");
  refused(zipped(RawHeader(2).dims({3, 1LL << 40, 1, 1LL << 20})), VolumeFault::truncated,
          "truncated");
  refused(file(RawHeader().dims({3, -4, 3, 2})), VolumeFault::dimensions, "no voxels");
  refused(file(RawHeader().dims({3, 4, 0, 2})), VolumeFault::dimensions, "no voxels");
  refused(file(RawHeader().dims({99, 4, 3, 2})), VolumeFault::header, "99 dimensions");
  refused(file(RawHeader().dims({0, 4, 3, 2})), VolumeFault::header, "0 dimensions");
  for (const double spacing : {0.0, nan})
    refused(file(RawHeader().pixdim(2, spacing)), VolumeFault::spacing, "voxel spacing");
  refused(file(RawHeader().sform({{1, 0, 0, nan}, {0, 1, 0, 0}, {0, 0, 1, 0}})),
          VolumeFault::direction, "sform holds nan");
  refused(file(RawHeader().qform({nan, 0, 0, 0, 0, 0})), VolumeFault::direction, "quaternion");
  refused(file(RawHeader().qform({3, 0, 0, 0, 0, 0})), VolumeFault::direction, "quaternion");
  refused(file(RawHeader().sform({{0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}})), VolumeFault::spacing,
          "no length");
  for (const double offset : {0.0, -352.0, 352.5, 1e30, nan})
    refused(file(RawHeader().offset(offset)), VolumeFault::header, "begin at byte");
  refused(file(RawHeader().offset(4e6)), VolumeFault::truncated, "truncated");
  refused(file(RawHeader().type(12345)), VolumeFault::voxel_type, "unknown voxel type 12345");
  refused(put_file(folder.path / "a.nii", ""), VolumeFault::not_nifti, "empty");
  refused(put_file(folder.path / "a.nii", std::string(5000, 'x')), VolumeFault::not_nifti,
          "not a NIfTI file");
  refused(put_file(folder.path / "a.nii.gz", "version https://git-lfs.github.com/spec/v1\noid"),
          VolumeFault::not_nifti, "git lfs pull");
  refused(folder.path / "none.nii", VolumeFault::missing, "no such file");
  refused(folder.path, VolumeFault::missing, "not a file");
}

TEST_CASE("no header of random bytes crashes the reader", "[image][nifti][.slow]") {
  const TemporaryFolder folder;
  std::uint64_t state = 7;
  const auto next = [&] {
    return (state = state * 6364136223846793005u + 1442695040888963407u) >> 33;
  };
  int read = 0;
  for (int round = 0; round < 3000; ++round) {
    const int version = 1 + round % 2;
    std::string bytes = RawHeader(version, round % 3 == 0).with(ramp());
    const std::uint64_t changes = 1 + next() % 6;
    for (std::uint64_t k = 0; k < changes; ++k)
      bytes[next() % (version == 1 ? 352 : 544)] = static_cast<char>(next());
    if (round % 5 == 0) bytes = gzip(bytes);
    if (round % 7 == 0) bytes[next() % bytes.size()] = static_cast<char>(next());
    try {
      const Volume v = read_image(put_file(folder.path / "a.nii", bytes));
      CHECK(v.voxels.numel() <= count * 4);
      ++read;
    } catch (const VolumeError& e) {
      CHECK(std::string(e.what()).starts_with((folder.path / "a.nii").string() + ": "));
    }
  }
  CHECK(read > 100);
}

TEST_CASE(
    "2D, 4D, vectors, complex, colour and pairs are refused; trailing dimensions of 1 are not",
    "[image][nifti]") {
  const TemporaryFolder folder;
  const auto file = [&](const RawHeader& header) {
    return put_file(folder.path / "a.nii", header.with(ramp()));
  };
  refused(file(RawHeader().dims({2, 4, 6})), VolumeFault::dimensions, "2-dimensional");
  refused(file(RawHeader().dims({4, 4, 3, 1, 2})), VolumeFault::dimensions, "4-dimensional");
  refused(file(RawHeader().dims({5, 4, 3, 1, 1, 2})), VolumeFault::dimensions,
          "2 values per voxel");
  CHECK(read_image(file(RawHeader().dims({4, 4, 3, 2, 1}))).geometry.size ==
        Xyz<std::int64_t>{4, 3, 2});
  CHECK(read_image(file(RawHeader().dims({7, 4, 3, 2, 1, 1, 1, 1}))).geometry.size ==
        Xyz<std::int64_t>{4, 3, 2});
  for (const int code : {32, 1792, 2048})
    refused(file(RawHeader().type(code)), VolumeFault::voxel_type, "complex");
  for (const int code : {128, 2304})
    refused(file(RawHeader().type(code)), VolumeFault::voxel_type, "RGB");
  refused(file(RawHeader().type(1)), VolumeFault::voxel_type, "one-bit");
  refused(file(RawHeader().type(1536)), VolumeFault::voxel_type, "128-bit");
  refused(file(RawHeader().put<char>(345, 'i')), VolumeFault::not_nifti, ".hdr/.img");
  refused(file(RawHeader().put<char>(344, 0)), VolumeFault::not_nifti, "Analyze");
}

TEST_CASE(
    "the sform is used where its code is positive, else the qform, else the spacing alone; LPS in "
    "millimetres",
    "[image][nifti]") {
  const TemporaryFolder folder;
  const auto geometry = [&](const RawHeader& header) {
    return read_geometry(put_file(folder.path / "a.nii", header.with(ramp())));
  };
  for (const int version : {1, 2}) {
    RawHeader header(version);
    for (int a = 1; a <= 3; ++a) header.pixdim(a, a);
    header.qform({0, 0, 1, 10, 20, 30}).sform({{0, 2, 0, -5}, {1, 0, 0, 6}, {0, 0, 3, 7}});
    const Geometry s = geometry(header.codes(1, 1));  // sform
    CHECK(s.origin == Xyz<double>{5, -6, 7});
    CHECK(s.direction == std::array<double, 9>{0, -1, 0, -1, 0, 0, 0, 0, 1});
    CHECK(s.spacing == Xyz<double>{1, 2, 3});
    const Geometry q = geometry(header.codes(1, 0));  // half a turn about z
    CHECK(q.origin == Xyz<double>{-10, -20, 30});
    CHECK(q.direction == std::array<double, 9>{1, 0, 0, 0, 1, 0, 0, 0, 1});
    const Geometry none = geometry(header.codes(0, 0));
    CHECK(none.origin == Xyz<double>{0, 0, 0});
    CHECK(none.direction == std::array<double, 9>{-1, 0, 0, 0, -1, 0, 0, 0, 1});
    CHECK(geometry(header.codes(1, 0).units(2).pixdim(0, -1)).direction[8] == -1);
    for (const auto& [unit, size] : {std::pair{1, 0.001}, std::pair{3, 1000.0}}) {
      RawHeader scaled(version);
      for (int a = 1; a <= 3; ++a) scaled.pixdim(a, a * size);
      const double s = size;
      scaled.units(unit).qform({0, 0, 1, 10 * s, 20 * s, 30 * s});
      const Geometry by_qform = geometry(scaled);
      CHECK(by_qform.spacing[1] == Approx(2));
      CHECK(by_qform.origin[2] == Approx(30));
      scaled.sform({{0, 2 * s, 0, -5 * s}, {s, 0, 0, 6 * s}, {0, 0, 3 * s, 7 * s}});
      const Geometry by_sform = geometry(scaled.codes(1, 2));  // ITK alone takes the qform
      CHECK(by_sform.spacing[2] == Approx(3));
      CHECK(by_sform.origin[2] == Approx(7));
      CHECK(by_sform.direction[1] == -1);
    }
  }
}

TEST_CASE("a negative voxel size is refused where it makes the geometry", "[image][nifti]") {
  const TemporaryFolder folder;
  const auto file = [&](const RawHeader& header) {
    return put_file(folder.path / "a.nii", header.with(ramp()));
  };
  for (const int axis : {1, 2, 3}) {
    RawHeader header;
    header.qform({0, 0, 0, 0, 0, 0}).pixdim(axis, -1);
    refused(file(header.codes(1, 0)), VolumeFault::spacing,
            "a voxel spacing of -1 mm along " + std::string(1, "xyz"[axis - 1]));
    refused(file(header.codes(0, 0)), VolumeFault::spacing, "a voxel spacing of -1 mm");
    CHECK(read_geometry(file(header.codes(0, 1))).spacing == Xyz<double>{1, 1, 1});
  }
}

TEST_CASE("a voxel size that no scanner has is refused, by its length in millimetres",
          "[image][nifti]") {
  const TemporaryFolder folder;
  const auto file = [&](double size, int units = 2) {
    RawHeader header;
    for (int a = 1; a <= 3; ++a) header.pixdim(a, size);
    return put_file(folder.path / "a.nii", header.codes(0, 0).units(units).with(ramp()));
  };
  for (const double size : {1e30, 3e38, 1000.0, 100.5, 0.009, 0.001, 1e-30})
    refused(file(size), VolumeFault::spacing, "which is not 0.01 to 100 mm");
  refused(file(1, 1), VolumeFault::spacing, "a voxel spacing of 1000 mm along x");
  refused(file(1, 3), VolumeFault::spacing, "a voxel spacing of 0.001 mm along x");
  for (const double size : {100.0, 0.01}) CHECK(read_geometry(file(size)).spacing[0] > 0);
  RawHeader far;
  far.sform({{1, 0, 0, 1e30}, {0, 1, 0, 0}, {0, 0, 1, 0}});
  refused(put_file(folder.path / "a.nii", far.with(ramp())), VolumeFault::header, "its origin");
}

TEST_CASE("axes that are almost at right angles are straightened", "[image][nifti]") {
  const TemporaryFolder folder;
  RawHeader header;
  header.sform({{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0.0008, 1, 0}});  // ITK allows 0.0001
  const Geometry g = read_geometry(put_file(folder.path / "a.nii", header.with(ramp())));
  CHECK(g.direction[8] == Approx(1));
  CHECK(std::abs(g.direction[7] - g.direction[5]) < 1e-6);
  CHECK(g.spacing == Xyz<double>{1, 1, 1});
}

TEST_CASE("a pipe or a device is refused, not waited for", "[image]") {
  const TemporaryFolder folder;
  REQUIRE(::mkfifo((folder.path / "a.nii").c_str(), 0600) == 0);
  refused(folder.path / "a.nii", VolumeFault::missing, "is not a file");
  fs::create_symlink("/dev/zero", folder.path / "b.nii");
  refused(folder.path / "b.nii", VolumeFault::missing, "is not a file");
}

TEST_CASE("volumes are read where TMPDIR names no folder", "[image]") {
  const TemporaryFolder folder;
  const fs::path file = put_file(folder.path / "a.nii", RawHeader().with(ramp()));
  const Variable variable("TMPDIR", "/no/such/folder");
  CHECK(read_image(file).voxels.numel() == count);
}

TEST_CASE("a sheared sform is refused, whatever the qform says", "[image][nifti]") {
  const TemporaryFolder folder;
  RawHeader header;
  header.qform({0, 0, 0, 0, 0, 0}).sform({{1, 0, 0, 0}, {0, 0.95, 0, 0}, {0, 0.31, 1, 0}});
  for (const int qform : {0, 1})
    refused(put_file(folder.path / "a.nii", header.codes(qform, 2).with(ramp())),
            VolumeFault::direction, "not at right angles");
}

TEST_CASE("what qform, sform and pixdim disagree about is told", "[image][nifti]") {
  const TemporaryFolder folder;
  const auto conflict = [&](const RawHeader& header) {
    return read_header(put_file(folder.path / "a.nii", header.with(ramp()))).conflict;
  };
  RawHeader header;
  header.qform({0, 0, 0, 0, 0, 0});
  CHECK(conflict(header.codes(1, 1)).empty());
  header.qform({0, 0, 1, 0, 0, 0});
  CHECK(conflict(header.codes(1, 1)).find("mm apart") != std::string::npos);
  CHECK(conflict(header.codes(1, 0)).empty());
  CHECK(conflict(header.codes(0, 1)).empty());
  CHECK(conflict(header.codes(0, 0)).starts_with("no orientation: neither qform nor sform is set"));
  CHECK(conflict(header.pixdim(1, 1.5).codes(0, 1)).find("pixdim says 1.5 mm along x") !=
        std::string::npos);
}

TEST_CASE("labels: whole numbers of any type, nothing else", "[image][nifti]") {
  const TemporaryFolder folder;
  const auto label = [&](std::vector<float> values) {
    return put_file(folder.path / "l.nii", RawHeader().with(values));
  };
  std::vector<float> values(count, 0);
  values[3] = 4;
  values[7] = 0.99997f;
  values[9] = 65535;
  const Volume v = read_label(label(values));
  CHECK(v.voxels.dtype() == torch::kInt32);
  CHECK(v.voxels.flatten()[3].item<int>() == 4);
  CHECK(v.voxels.flatten()[7].item<int>() == 1);
  CHECK(v.voxels.flatten()[9].item<int>() == 65535);
  const auto refuse = [&](float value, const std::string& says) {
    std::vector<float> bad = values;
    bad[20] = value;
    bad[21] = 0.25f;  // only the first is named
    refused(label(bad), VolumeFault::label_value, says, [](const fs::path& p) { read_label(p); });
  };
  refuse(0.5f, "0.5, which is not an integer");
  refuse(-1, "the value -1, outside 0 to 65535");
  refuse(70000, "the value 70000");
  refuse(std::numeric_limits<float>::quiet_NaN(), "nan");
  refuse(std::numeric_limits<float>::infinity(), "inf");
  const Volume scaled = read_label(
      put_file(folder.path / "l.nii",
               RawHeader(1, true).type(4).slope(0.5, 1).with(std::vector<std::int16_t>(count, 4))));
  CHECK(scaled.voxels.eq(3).all().item<bool>());
}

TEST_CASE("what is written is read back, geometry and all", "[image][nifti]") {
  const TemporaryFolder folder;
  Geometry g;
  g.size = {4, 3, 2};
  g.spacing = {0.5, 1.25, 3};
  g.origin = {-11, 12.5, 1300};
  const double c = std::cos(0.3), s = std::sin(0.3);
  g.direction = {c, -s, 0, s, c, 0, 0, 0, -1};
  const torch::Tensor image = torch::tensor(ramp()).view({2, 3, 4});
  for (const char* name : {"a.nii", "a.nii.gz"}) {
    write_image(folder.path / name, image, g);
    const Volume v = read_image(folder.path / name);
    CHECK(v.voxels[0].equal(image));
    CHECK(v.geometry.spacing == g.spacing);
    CHECK(v.geometry.size == g.size);
    for (std::size_t i = 0; i < 9; ++i)
      CHECK(v.geometry.direction[i] == Approx(g.direction[i]).margin(1e-6));
    for (std::size_t i = 0; i < 3; ++i)
      CHECK(v.geometry.origin[i] == Approx(g.origin[i]).margin(1e-4));
    write_label(folder.path / name, image.add(4).to(torch::kUInt8), g);
    CHECK(read_label(folder.path / name)
              .voxels.equal(image.add(4).to(torch::kUInt8).to(torch::kInt32)));
  }
}
