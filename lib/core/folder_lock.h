#pragma once
// A folder that belongs to one process while it lives. The lock is the kernel's (fcntl) on
// FOLDER/.lock: advisory, known to an NFS server, and gone with its process however that ends.
// Where a file system has no such locks, the file says who holds it, and a process of this machine
// that is gone holds nothing; two that begin there in the same moment are not told apart.
#include <filesystem>
#include <string>

namespace seg {

class FolderLock {
 public:
  enum class By { kernel, file };  // file: as where there are no kernel's locks

  // Throws Error(failure) that names the process and the machine that hold it.
  explicit FolderLock(const std::filesystem::path& folder, By by = By::kernel);
  ~FolderLock();  // removes the file
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  static constexpr const char* file_name = ".lock";

 private:
  bool try_once(By by);
  std::filesystem::path folder_, file_;
  int fd_ = -1;
};

}  // namespace seg
