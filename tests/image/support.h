#pragma once
// NIfTI files written byte by byte, so that a test may write any header it likes.
#include "image/nifti.h"
#include "image/volume_fault.h"
#include "support/catch.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace seg::test {

// A header under construction, native byte order until flip() turns each number written.
class RawHeader {
 public:
  explicit RawHeader(int version = 1, bool swap = false)
      : version_(version), swap_(swap), bytes_(version == 1 ? 352 : 544, '\0') {
    put<std::int32_t>(0, version == 1 ? 348 : 540);
    if (version == 1)
      bytes_.replace(344, 4, std::string("n+1\0", 4));
    else
      bytes_.replace(4, 8, std::string("n+2\0\r\n\032\n", 8));
    dims({3, 4, 3, 2});
    type(16);
    offset(version == 1 ? 352 : 544);
    slope(1, 0);
    for (int i = 0; i < 4; ++i) pixdim(i, 1);
    sform({{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}});
  }

  template <class T>
  RawHeader& put(std::size_t at, T value) {
    char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    if (swap_) std::reverse(raw, raw + sizeof(T));
    bytes_.replace(at, sizeof(T), raw, sizeof(T));
    return *this;
  }
  RawHeader& dims(const std::vector<std::int64_t>& dim) {
    for (std::size_t i = 0; i < 8; ++i) {
      const std::int64_t n = i < dim.size() ? dim[i] : 1;
      version_ == 1 ? put<std::int16_t>(40 + 2 * i, static_cast<std::int16_t>(n))
                    : put<std::int64_t>(16 + 8 * i, n);
    }
    return *this;
  }
  RawHeader& type(int code) {
    return put<std::int16_t>(version_ == 1 ? 70 : 12, static_cast<std::int16_t>(code));
  }
  RawHeader& pixdim(int i, double v) { return real(version_ == 1 ? 76 : 104, i, v); }
  RawHeader& offset(double v) {
    return version_ == 1 ? put<float>(108, static_cast<float>(v))
                         : put<std::int64_t>(168, static_cast<std::int64_t>(v));
  }
  RawHeader& slope(double slope, double intercept) {
    real(version_ == 1 ? 112 : 176, 0, slope);
    return real(version_ == 1 ? 116 : 184, 0, intercept);
  }
  RawHeader& units(int code) {
    return version_ == 1 ? put<std::uint8_t>(123, static_cast<std::uint8_t>(code))
                         : put<std::int32_t>(500, code);
  }
  RawHeader& codes(int qform, int sform) {
    if (version_ == 2) return put<std::int32_t>(344, qform).put<std::int32_t>(348, sform);
    return put<std::int16_t>(252, static_cast<std::int16_t>(qform))
        .put<std::int16_t>(254, static_cast<std::int16_t>(sform));
  }
  // Quaternion b, c, d and offset; qfac is pixdim 0.
  RawHeader& qform(const std::array<double, 6>& v) {
    for (int i = 0; i < 6; ++i) real(version_ == 1 ? 256 : 352, i, v[static_cast<std::size_t>(i)]);
    return codes(1, 0);
  }
  RawHeader& sform(const std::vector<std::array<double, 4>>& rows) {
    for (int i = 0; i < 12; ++i)
      real(version_ == 1 ? 280 : 400, i,
           rows[static_cast<std::size_t>(i / 4)][static_cast<std::size_t>(i % 4)]);
    return codes(0, 1);
  }
  const std::string& bytes() const { return bytes_; }
  bool swap() const { return swap_; }

  // The header and `values` in type T.
  template <class T>
  std::string with(const std::vector<T>& values, const std::string& extension = "") const {
    std::string out = bytes_ + extension;
    for (T value : values) {
      char raw[sizeof(T)];
      std::memcpy(raw, &value, sizeof(T));
      if (swap_) std::reverse(raw, raw + sizeof(T));
      out.append(raw, sizeof(T));
    }
    return out;
  }

 private:
  RawHeader& real(std::size_t at, int i, double v) {
    const auto k = static_cast<std::size_t>(i);
    return version_ == 1 ? put<float>(at + 4 * k, static_cast<float>(v))
                         : put<double>(at + 8 * k, v);
  }

  int version_;
  bool swap_;
  std::string bytes_;
};

inline std::filesystem::path put_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

// One gzip member.
inline std::string gzip(const std::string& content) {
  z_stream z{};
  deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, content.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  z.avail_in = static_cast<uInt>(content.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  const std::size_t used = z.total_out;
  deflateEnd(&z);
  return out.substr(0, used);
}

// Reading must fail with this fault, in one sentence that begins with the path.
template <class F>
void refused(const std::filesystem::path& path, VolumeFault fault, const std::string& says,
             F read) {
  try {
    read(path);
    FAIL(path.filename().string() << " was read; expected: " << says);
  } catch (const VolumeError& e) {
    const std::string text = e.what();
    INFO(text);
    CHECK(static_cast<int>(e.fault()) == static_cast<int>(fault));
    CHECK(text.starts_with(path.string() + ": "));
    CHECK(text.find(says) != std::string::npos);
    CHECK(text.find('\n') == std::string::npos);
  }
}
inline void refused(const std::filesystem::path& path, VolumeFault fault, const std::string& says) {
  refused(path, fault, says, [](const auto& p) { read_image(p); });
}

}  // namespace seg::test
