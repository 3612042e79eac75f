// NRRD and MetaImage files written byte by byte: what must be read, and what must be refused.
#include "core/parallel.h"
#include "image/support.h"

#include <torch/types.h>

#include <sys/stat.h>
#include <atomic>
#include <cmath>
#include <functional>

using namespace seg;
using namespace seg::test;
namespace fs = std::filesystem;

namespace {

constexpr int voxels = 24;  // 4 x 3 x 2

std::string shorts(bool swap = false) {
  std::string bytes;
  for (std::int16_t v = 0; v < voxels; ++v) {
    const auto low = static_cast<char>((v * 300) & 0xff), high = static_cast<char>((v * 300) >> 8);
    bytes += {swap ? high : low, swap ? low : high};
  }
  return bytes;
}

torch::Tensor as_read() { return torch::arange(0, voxels, torch::kFloat32) * 300; }

// A header as lines, of which a test may replace or drop any.
class Lines {
 public:
  Lines(std::string first, std::string between, std::string last,
        std::vector<std::pair<std::string, std::string>> lines)
      : first_(std::move(first)),
        between_(std::move(between)),
        last_(std::move(last)),
        lines_(std::move(lines)) {}

  Lines& set(const std::string& name, const std::string& value) {
    for (auto& line : lines_)
      if (line.first == name) {
        line.second = value;
        return *this;
      }
    lines_.insert(lines_.end() - 1, {name, value});
    return *this;
  }
  Lines& drop(const std::string& name) {
    std::erase_if(lines_, [&](const auto& line) { return line.first == name; });
    return *this;
  }
  std::string with(const std::string& data) const {
    std::string text = first_;
    for (const auto& [name, value] : lines_) text += name + between_ + value + "\n";
    return text + last_ + data;
  }

 private:
  std::string first_, between_, last_;
  std::vector<std::pair<std::string, std::string>> lines_;
};

struct Nrrd : Lines {
  Nrrd()
      : Lines("NRRD0004\n", ": ", "\n",
              {{"type", "short"},
               {"dimension", "3"},
               {"space", "left-posterior-superior"},
               {"sizes", "4 3 2"},
               {"space directions", "(0,2,0) (-1.5,0,0) (0,0,3)"},
               {"space origin", "(5,-6,7)"},
               {"endian", "little"},
               {"encoding", "raw"}}) {}
};

struct Meta : Lines {
  Meta()
      : Lines("", " = ", "",
              {{"ObjectType", "Image"},
               {"NDims", "3"},
               {"BinaryData", "True"},
               {"BinaryDataByteOrderMSB", "False"},
               {"CompressedData", "False"},
               {"TransformMatrix", "0 1 0 -1 0 0 0 0 1"},
               {"Offset", "5 -6 7"},
               {"ElementSpacing", "2 1.5 3"},
               {"DimSize", "4 3 2"},
               {"ElementType", "MET_SHORT"},
               {"ElementDataFile", "LOCAL"}}) {}
};

// One zlib stream.
std::string zlib(const std::string& content) {
  uLongf size = compressBound(content.size());
  std::string out(size, '\0');
  compress(reinterpret_cast<Bytef*>(out.data()), &size,
           reinterpret_cast<const Bytef*>(content.data()), content.size());
  return out.substr(0, size);
}

void check_read(const fs::path& file) {
  INFO(file);
  const Volume v = read_image(file);
  CHECK(v.voxels.flatten().equal(as_read()));
  CHECK(v.geometry.size == Xyz<std::int64_t>{4, 3, 2});
  CHECK(v.geometry.spacing == Xyz<double>{2, 1.5, 3});
  CHECK(v.geometry.origin == Xyz<double>{5, -6, 7});
  CHECK(v.geometry.direction == std::array<double, 9>{0, -1, 0, 1, 0, 0, 0, 0, 1});
  CHECK(read_header(file).conflict.empty());
  CHECK(read_label(file).voxels.flatten().equal(as_read().to(torch::kInt32)));
}

}  // namespace

TEST_CASE("NRRD and MetaImage: raw and compressed, in one file and in two, either byte order",
          "[image]") {
  const TemporaryFolder folder;
  const auto put = [&](const char* name, const std::string& bytes) {
    return put_file(folder.path / name, bytes);
  };
  check_read(put("a.nrrd", Nrrd().with(shorts())));
  check_read(put("b.nrrd", Nrrd().set("encoding", "gzip").with(gzip(shorts()))));
  check_read(put("c.nrrd", Nrrd().set("endian", "big").with(shorts(true))));
  check_read(put("ras.nrrd", Nrrd()
                                 .set("space", "right-anterior-superior")
                                 .set("space directions", "(0,-2,0) (1.5,0,0) (0,0,3)")
                                 .set("space origin", "(-5,6,7)")
                                 .with(shorts())));
  put("data.raw", shorts());
  put("data.gz", gzip(shorts()));
  put("long.raw", "behind" + shorts());
  check_read(put("d.nhdr", Nrrd().set("data file", "data.raw").with("")));
  check_read(put("e.nhdr", Nrrd().set("data file", "data.gz").set("encoding", "gzip").with("")));
  check_read(put("f.nhdr", Nrrd().set("data file", "long.raw").set("byte skip", "6").with("")));
  check_read(put("g.nhdr", Nrrd().set("data file", "long.raw").set("byte skip", "-1").with("")));
  check_read(put("a.mha", Meta().with(shorts())));
  check_read(put("b.mha", Meta().set("BinaryDataByteOrderMSB", "True").with(shorts(true))));
  const std::string packed = zlib(shorts());
  check_read(put("c.mha", Meta()
                              .set("CompressedData", "True")
                              .set("CompressedDataSize", std::to_string(packed.size()))
                              .with(packed)));
  check_read(put("d.mhd", Meta().set("ElementDataFile", "data.raw").with("")));
}

TEST_CASE("NRRD and MetaImage keep every number type", "[image]") {
  const TemporaryFolder folder;
  const auto check = [&]<class T>(T, const char* nrrd, const char* meta) {
    std::vector<T> values(voxels, T(7));
    values[3] = std::numeric_limits<T>::max();
    values[4] = std::numeric_limits<T>::lowest();
    if constexpr (std::is_floating_point_v<T>) values[5] = std::numeric_limits<T>::quiet_NaN();
    const std::string data(reinterpret_cast<const char*>(values.data()), voxels * sizeof(T));
    for (const fs::path& file :
         {put_file(folder.path / "a.nrrd", Nrrd().set("type", nrrd).with(data)),
          put_file(folder.path / "a.mha", Meta().set("ElementType", meta).with(data))}) {
      const Volume v = read_image(file);
      for (std::size_t i = 0; i < voxels; ++i) {
        const float got = v.voxels.data_ptr<float>()[i], want = static_cast<float>(values[i]);
        CHECK((got == want || (std::isnan(got) && std::isnan(want))));
      }
    }
  };
  check(std::uint8_t{}, "uchar", "MET_UCHAR");
  check(std::int8_t{}, "signed char", "MET_CHAR");
  check(std::uint16_t{}, "ushort", "MET_USHORT");
  check(std::int32_t{}, "int", "MET_INT");
  check(std::uint32_t{}, "uint", "MET_UINT");
  check(std::int64_t{}, "longlong", "MET_LONG_LONG");
  check(std::uint64_t{}, "ulonglong", "MET_ULONG_LONG");
  check(float{}, "float", "MET_FLOAT");
  check(double{}, "double", "MET_DOUBLE");
}

TEST_CASE("cut, overlong and damaged NRRD and MetaImage files are refused", "[image]") {
  const TemporaryFolder folder;
  const std::string packed = gzip(shorts()), zipped = zlib(shorts());
  const auto nrrd = [&](const std::string& data, bool gz = false) {
    return put_file(folder.path / "a.nrrd", Nrrd().set("encoding", gz ? "gzip" : "raw").with(data));
  };
  const auto meta = [&](const std::string& data, bool gz = false) {
    return put_file(folder.path / "a.mha",
                    Meta()
                        .set("CompressedData", gz ? "True" : "False")
                        .set("CompressedDataSize", std::to_string(data.size()))
                        .with(data));
  };
  for (const std::size_t cut : {1, 20, 47}) {
    refused(nrrd(shorts().substr(cut)), VolumeFault::truncated, "truncated");
    refused(meta(shorts().substr(cut)), VolumeFault::truncated, "truncated");
  }
  for (const std::size_t cut : {1, 4, 8, 20}) {
    refused(nrrd(packed.substr(0, packed.size() - cut), true), VolumeFault::truncated, "truncated");
    refused(meta(zipped.substr(0, zipped.size() - cut), true), VolumeFault::truncated, "truncated");
  }
  refused(nrrd(shorts() + "more"), VolumeFault::damaged, "goes on behind");
  refused(meta(shorts() + "more"), VolumeFault::damaged, "goes on behind");
  refused(nrrd(packed + "more", true), VolumeFault::damaged, "not gzip");
  refused(meta(zipped + "more", true), VolumeFault::damaged, "not zlib");
  refused(nrrd(gzip(shorts() + "more"), true), VolumeFault::damaged, "goes on behind");
  refused(meta(zlib(shorts() + "more"), true), VolumeFault::damaged, "goes on behind");
  refused(nrrd(gzip(shorts().substr(2)), true), VolumeFault::truncated, "truncated");
  refused(meta(zlib(shorts().substr(2)), true), VolumeFault::truncated, "truncated");
  for (const std::size_t from_end : {2UL, 6UL}) {  // length and checksum of gzip, zlib's checksum
    std::string bad = packed, worse = zipped;
    bad[bad.size() - from_end] ^= 1;
    worse[worse.size() - from_end / 2] ^= 1;
    refused(nrrd(bad, true), VolumeFault::damaged, "corrupt");
    refused(meta(worse, true), VolumeFault::damaged, "corrupt");
  }
  put_file(folder.path / "short.raw", "short");
  for (const char* skip : {"-1", "0", "100"}) try {
      read_image(put_file(folder.path / "a.nhdr",
                          Nrrd().set("data file", "short.raw").set("byte skip", skip).with("")));
      FAIL("was read");
    } catch (const VolumeError& e) {
      INFO(skip << ": " << e.what());
      const bool beyond = std::string(skip) == "-1";  // what ITK finds itself
      CHECK(std::string(e.what()).find(beyond ? "its header is damaged"
                                              : "short.raw: ends before the last") !=
            std::string::npos);
    }
  for (const char* name : {"a.nrrd", "a.mha"}) {
    refused(put_file(folder.path / name, "version https://git-lfs.github.com/spec/v1\noid"),
            VolumeFault::not_nifti, "git lfs pull");
    refused(put_file(folder.path / name, ""), VolumeFault::not_nifti, "empty");
    refused(put_file(folder.path / name, std::string(5000, 'x')), VolumeFault::not_nifti,
            "or its header is damaged");
  }
  refused(put_file(folder.path / "a.nrrd", Nrrd().with("").substr(0, 60)), VolumeFault::truncated,
          "within its header");
  refused(put_file(folder.path / "a.mha", Meta().with("").substr(0, 160)), VolumeFault::not_nifti,
          "not a MetaImage file");
}

TEST_CASE("NRRD and MetaImage headers that lie end in one sentence", "[image]") {
  const TemporaryFolder folder;
  using Change = std::function<void(Lines&)>;
  const auto set = [](const char* name, const char* value) {
    return [=](Lines& lines) { lines.set(name, value); };
  };
  const auto drop = [](const char* name) { return [=](Lines& lines) { lines.drop(name); }; };
  struct Lie {
    Change change;
    VolumeFault fault;
    const char* says;
  };
  using F = VolumeFault;
  REQUIRE(::mkfifo((folder.path / "pipe").c_str(), 0600) == 0);
  const auto all = [&](const char* name, const Lines& header, const std::vector<Lie>& lies) {
    for (const Lie& lie : lies) {
      Lines changed = header;
      lie.change(changed);
      const fs::path file = put_file(folder.path / name, changed.with(shorts()));
      INFO(changed.with(""));
      try {
        read_image(file);
        FAIL("was read");
      } catch (const VolumeError& e) {
        INFO(e.what());
        CHECK(static_cast<int>(e.fault()) == static_cast<int>(lie.fault));
        CHECK(std::string(e.what()).find(lie.says) != std::string::npos);
        CHECK(std::string(e.what()).find('\n') == std::string::npos);
      }
    }
  };
  const std::string lengthy(5000, 'x');
  const auto many = [](Lines& lines) {
    for (int i = 0; i < 2000; ++i) lines.set(fmt::format("key{}:=", i), "1");
  };
  all("a.nrrd", Nrrd(),
      {{many, F::header, "line 2001 is no field"},
       {set("type", lengthy.c_str()), F::header, "is no field"},  // ITK dies of these
       {set("space directions", lengthy.c_str()), F::header, "is no field"},
       {set("kinds", lengthy.c_str()), F::header, "is no field"},
       {set(lengthy.c_str(), "1"), F::header, "is no field"},
       {set("sizes", "40000 40000 40000"), F::header, "header claims"},
       {set("sizes", "2000 2000 400"), F::truncated, "truncated"},
       {set("sizes", "4 3"), F::header, "its header is damaged"},
       {set("sizes", "4 0 2"), F::header, "its header is damaged"},
       {set("space", "left-anterior-superior"), F::direction, "its space is"},  // ITK turns x for y
       {set("space", "scanner-xyz"), F::direction, "its space is"},
       {set("space directions", "(0,2,0) (-1.5,0.5,0) (0,0,3)"), F::direction, "right angles"},
       {set("space directions", "(0,2,0) (-1.5,0,0) (0,0,1e30)"), F::spacing, "voxel spacing"},
       {set("space directions", "(0,2,0) (-1.5,0,0) (0,0,0)"), F::spacing, "voxel spacing"},
       {set("space directions", "none (-1.5,0,0) (0,0,3)"), F::direction, "right angles"},
       {drop("space directions"), F::spacing, "size in millimetres"},
       {set("space units", "\"m\" \"m\" \"m\""), F::spacing, "size in millimetres"},
       {set("space origin", "(1e30,0,0)"), F::header, "its origin"},
       {set("encoding", "ascii"), F::header, "encoded as 'ascii'"},
       {set("encoding", "bzip2"), F::header, "encoded as 'bzip2'"},
       {set("line skip", "2"), F::header, "line skip"},
       {set("data file", "pipe"), F::missing, "is not a file"},
       {set("data file", "none.raw"), F::missing, "no such file"},
       {set("data file", "slice%03d.raw 1 2 1"), F::header, "not in one file"},
       {set("data file", "LIST"), F::header, "not in one file"},
       {set("type", "block\ntype: short"), F::header, "'type' twice"},
       {set("spacedirections", "(1,0,0) (0,1,0) (0,0,1)"), F::header, "'spacedirections' twice"},
       {set("content", "a\rline skip: 1"), F::header, "is no field"},
       {set("type", "block"), F::header, "its header is damaged"}});
  const std::string more(255, 'x');
  const auto packed = [](const char* size) {
    return
        [=](Lines& lines) { lines.set("CompressedData", "True").set("CompressedDataSize", size); };
  };
  all("a.mha", Meta(),
      {{many, F::header, "line 2001 is no field"},
       {set("NDims", "4"), F::dimensions, "4-dimensional"},  // ITK dies of most of these
       {set("NDims", "100000000"), F::dimensions, "100000000-dimensional"},
       {set("NDims", "1e300"), F::header, "not 1 whole number"},
       {set("Comment", more.c_str()), F::header, "not at most 254 bytes"},
       {set("Name", more.c_str()), F::header, "not at most 254 bytes"},
       {set("ObjectSubType", more.c_str()), F::header, "not at most 254 bytes"},
       {set(more.c_str(), "1"), F::header, "is no field"},
       {packed("1e17"), F::truncated, "ends before the last"},
       {packed("-5"), F::damaged, "goes on behind"},
       {packed("47"), F::damaged, "goes on behind"},
       {set("CompressedData", "True"), F::header, "'CompressedDataSize'"},
       {set("CompressedData", "T"), F::header, "not True or False"},
       {set("BinaryDataByteOrderMSB", "1"), F::header, "not True or False"},
       {set("DimSize", "4 3"), F::header, "not 3 whole numbers"},
       {set("DimSize", "4 3 2.5"), F::header, "not 3 whole numbers"},
       {set("Offset", "5 -6 x"), F::header, "not 3 numbers"},
       {set("TransformMatrix", "0 1 0 -1 0 0 0 0"), F::header, "not 9 numbers"},
       {set("NDims:x", "4"), F::header, "is no field"},
       {set("DimSize\t :", "4 3 2"), F::header, "is no field"},
       {set("Comment = a\nfoo\nID", "3"), F::header, "is no field"},
       {set("Comment", "a\rNDims = 4"), F::header, "is no field"},
       {set("ElementDataFile", "= LOCAL"), F::header, "is no field"},
       {set("DimSize", "40000 40000 40000"), F::header, "header claims"},
       {set("DimSize", "2000 2000 400"), F::truncated, "truncated"},
       {set("DimSize", "4 0 2"), F::header, "header claims"},
       {set("DimSize", "-4 3 2"), F::header, "header claims"},
       {set("ElementNumberOfChannels", "3"), F::dimensions, "3 values per voxel"},
       {set("ElementType", "MET_STRING"), F::dimensions, "values per voxel"},
       {set("TransformMatrix", "0 1 0 -1 0.5 0 0 0 1"), F::direction, "right angles"},
       {set("TransformMatrix", "0 0 0 0 0 0 0 0 0"), F::direction, "right angles"},
       {set("ElementSpacing", "2 1.5 1e30"), F::spacing, "voxel spacing"},
       {set("ElementSpacing", "2 1.5 nan"), F::header, "its header is damaged"},
       {set("ElementSpacing", "2 -1.5 3"), F::spacing, "voxel spacing"},
       {drop("ElementSpacing"), F::spacing, "size in millimetres"},
       {drop("BinaryData"), F::header, "as text"},
       {drop("ElementType"), F::not_nifti, "not a MetaImage file"},
       {set("CompressedData", "False\nCompressedData = True"), F::header, "'CompressedData' twice"},
       {set("HeaderSize", "-1"), F::header, "HeaderSize"},
       {set("ElementToIntensityFunctionSlope", "2"), F::header, "ElementToIntensityFunction"},
       {set("ElementDataFile", "pipe"), F::missing, "is not a file"},
       {set("ElementDataFile", "none.raw"), F::missing, "no such file"},
       {set("ElementDataFile", "LIST"), F::header, "not in one file"}});
}

TEST_CASE("NRRD and MetaImage headers may be as long as ITK has room for", "[image]") {
  const TemporaryFolder folder;
  const std::string lengthy(30000, 'x');
  check_read(put_file(folder.path / "a.nrrd",
                      Nrrd()
                          .set("content", lengthy)
                          .set("labels", "\"" + lengthy.substr(0, 380) + "\" \"\" \"\"")
                          .set("note:=a", lengthy)
                          .set("# a", lengthy)
                          .with(shorts())));
  const std::string most(254, 'x');
  check_read(put_file(folder.path / "a.mha", Meta()
                                                 .set("Comment", most)
                                                 .set("Name", most)
                                                 .set("ObjectSubType", most)
                                                 .set("AcquisitionDate", most)
                                                 .set(most.substr(0, 253), "1")
                                                 .set("0008|0060", std::string(30000, 'x'))
                                                 .set("a:b", "1")
                                                 .set("Note", "")
                                                 .with(shorts())));
}

TEST_CASE("an NRRD or MetaImage file that does not place the patient is told as such", "[image]") {
  const TemporaryFolder folder;
  const fs::path nrrd = put_file(folder.path / "a.nrrd", Nrrd()
                                                             .drop("space")
                                                             .drop("space origin")
                                                             .drop("space directions")
                                                             .set("spacings", "2 1.5 3")
                                                             .with(shorts()));
  const fs::path meta =
      put_file(folder.path / "a.mha", Meta().drop("TransformMatrix").with(shorts()));
  for (const fs::path& file : {nrrd, meta}) {
    CHECK(read_header(file).conflict.starts_with(no_orientation));
    CHECK(read_image(file).geometry.spacing == Xyz<double>{2, 1.5, 3});
  }
}

TEST_CASE("a label beside an NRRD image is written as NIfTI on its grid", "[image]") {
  const TemporaryFolder folder;
  const fs::path source = put_file(folder.path / "a.nrrd", Nrrd().with(shorts())),
                 label = folder.path / "label.nii.gz";
  const torch::Tensor values = torch::arange(0, voxels, torch::kUInt8).view({2, 3, 4});
  write_label_like(label, values, source);
  CHECK(read_label(label).voxels.equal(values.to(torch::kInt32)));
  const Geometry a = read_geometry(source), b = read_geometry(label);
  CHECK(a.spacing == b.spacing);
  CHECK(a.origin == b.origin);
  CHECK(a.direction == b.direction);
}

TEST_CASE("files of every format are read on several threads at once", "[image]") {
  const TemporaryFolder folder;
  std::vector<fs::path> files;
  for (int i = 0; i < 4; ++i) {
    const std::string stem = (folder.path / std::to_string(i)).string();
    files.push_back(put_file(stem + ".nrrd", Nrrd().set("encoding", "gzip").with(gzip(shorts()))));
    files.push_back(put_file(stem + ".mha", Meta().with(shorts())));
    write_image(stem + ".nii.gz", as_read().view({2, 3, 4}), read_geometry(files.front()));
    files.emplace_back(stem + ".nii.gz");
  }
  std::atomic<int> right{0};
  parallel_for(240, 8, [&](std::int64_t i) {
    const Volume v = read_image(files[static_cast<std::size_t>(i) % files.size()]);
    right += v.voxels.flatten().equal(as_read()) && v.geometry.spacing[1] == 1.5;
  });
  CHECK(right == 240);
}

TEST_CASE("no NRRD or MetaImage header of random bytes crashes the reader", "[image][.slow]") {
  const TemporaryFolder folder;
  std::uint64_t state = 11;
  const auto next = [&] {
    return (state = state * 6364136223846793005u + 1442695040888963407u) >> 33;
  };
  for (int round = 0; round < 4000; ++round) {
    std::string bytes = round % 2 == 0 ? Nrrd().with(shorts()) : Meta().with(shorts());
    const std::uint64_t changes = 1 + next() % 4;
    for (std::uint64_t k = 0; k < changes; ++k)
      bytes[next() % (bytes.size() - 48)] = static_cast<char>(next() % 96 + 32);
    try {
      const Volume v =
          read_image(put_file(folder.path / (round % 2 == 0 ? "a.nrrd" : "a.mha"), bytes));
      CHECK(v.voxels.numel() <= voxels * 2);
    } catch (const VolumeError& e) {
      CHECK(std::string(e.what()).find('\n') == std::string::npos);
    }
  }
}
