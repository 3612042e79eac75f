#include "image/gunzip.h"

#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>

namespace seg {
namespace {

constexpr int gzip_or_zlib = 32 + MAX_WBITS;

struct Stream {
  z_stream z{};
  explicit Stream(Bytes in) {
    if (inflateInit2(&z, gzip_or_zlib) != Z_OK) throw std::bad_alloc();
    z.next_in = const_cast<unsigned char*>(in.data());
    z.avail_in = static_cast<uInt>(std::min<std::size_t>(in.size(), 1u << 30));
  }
  ~Stream() { inflateEnd(&z); }
};

// Why libdeflate refused the member that begins `in`: it ends early (what libdeflate cannot tell
// from other faults), it is corrupt, or it is sound and only holds more than was asked for.
Gunzip reason(Bytes in) {
  Stream stream(in);
  const unsigned char* end = in.data() + in.size();
  std::array<unsigned char, 1 << 16> sink;
  for (int state = Z_OK; state == Z_OK;) {
    stream.z.next_out = sink.data();
    stream.z.avail_out = sink.size();
    stream.z.avail_in =
        static_cast<uInt>(std::min<std::ptrdiff_t>(end - stream.z.next_in, 1 << 30));
    state = inflate(&stream.z, Z_NO_FLUSH);
    if (state == Z_BUF_ERROR) return Gunzip::truncated;
    if (state == Z_STREAM_END) return Gunzip::longer;
  }
  return Gunzip::damaged;
}

using Inflater = std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)>;

Inflater new_inflater() {
  Inflater inflater(libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (!inflater) throw std::bad_alloc();
  return inflater;
}

bool only_zeros(Bytes rest) {
  return std::all_of(rest.begin(), rest.end(), [](unsigned char b) { return b == 0; });
}

}  // namespace

bool is_gzip(Bytes file) { return file.size() >= 2 && file[0] == 0x1f && file[1] == 0x8b; }

std::string gunzip_start(Bytes file, std::size_t count) {
  std::string out(count, '\0');
  Stream stream(file);
  stream.z.next_out = reinterpret_cast<unsigned char*>(out.data());
  stream.z.avail_out = static_cast<uInt>(count);
  while (stream.z.avail_out > 0 && inflate(&stream.z, Z_SYNC_FLUSH) == Z_OK) {
  }
  out.resize(count - stream.z.avail_out);
  return out;
}

Gunzip gunzip(Bytes file, std::span<unsigned char> out) {
  const Inflater inflater = new_inflater();
  while (is_gzip(file)) {
    std::size_t used = 0, made = 0;
    if (libdeflate_gzip_decompress_ex(inflater.get(), file.data(), file.size(), out.data(),
                                      out.size(), &used, &made) != LIBDEFLATE_SUCCESS)
      return reason(file);
    file = file.subspan(used);
    out = out.subspan(made);
  }
  if (!only_zeros(file)) return Gunzip::trailing;
  return out.empty() ? Gunzip::complete : Gunzip::truncated;
}

Gunzip inflate_zlib(Bytes file, std::span<unsigned char> out) {
  std::size_t used = 0, made = 0;
  if (libdeflate_zlib_decompress_ex(new_inflater().get(), file.data(), file.size(), out.data(),
                                    out.size(), &used, &made) != LIBDEFLATE_SUCCESS)
    return reason(file);
  return used < file.size()  ? Gunzip::trailing
         : made < out.size() ? Gunzip::truncated
                             : Gunzip::complete;
}

}  // namespace seg
