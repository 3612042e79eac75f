#pragma once
// Numbers in a header's bytes, in its byte order.
#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace seg {

template <class T>
T number_at(std::string_view bytes, std::size_t at, bool swapped) {
  char raw[sizeof(T)];
  std::memcpy(raw, bytes.data() + at, sizeof(T));
  if (swapped) std::reverse(raw, raw + sizeof(T));
  T value;
  std::memcpy(&value, raw, sizeof(T));
  return value;
}

template <class T>
void put_number(std::string& bytes, std::size_t at, T value, bool swapped) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  if (swapped) std::reverse(raw, raw + sizeof(T));
  bytes.replace(at, sizeof(T), raw, sizeof(T));
}

}  // namespace seg
