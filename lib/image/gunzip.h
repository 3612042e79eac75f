#pragma once
// Gzip and zlib in memory. Several members one after the other count as one stream, zero bytes
// after the last are ignored, as gzip does.
#include <cstddef>
#include <span>
#include <string>

namespace seg {

using Bytes = std::span<const unsigned char>;

bool is_gzip(Bytes file);

// The first `count` bytes of the content; fewer where it ends, or is damaged, before that.
std::string gunzip_start(Bytes file, std::size_t count);

enum class Gunzip {
  complete,
  truncated,  // the file or its content ends too early
  damaged,    // corrupt data, or a checksum that does not fit
  longer,     // the content goes on behind out
  trailing    // something that is not gzip follows the last member
};

// Inflates the whole of `file` into `out`, which its content must fill exactly; the checksum of
// every member is verified.
Gunzip gunzip(Bytes file, std::span<unsigned char> out);

// Likewise one zlib stream.
Gunzip inflate_zlib(Bytes file, std::span<unsigned char> out);

}  // namespace seg
