// Another program as a process of its own.
#include "study/child.h"

#include "core/files.h"
#include "support/errors.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

namespace seg {
namespace {

using Lines = std::vector<std::string>;

ChildCommand shell(const std::string& script) { return {{"/bin/sh", "-c", script}}; }

// All that it writes until its end.
Lines all_lines(Child& child) {
  Lines all;
  while (!child.ended()) {
    for (std::string& line : child.lines()) all.push_back(std::move(line));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return all;
}

std::string first_line(Child& child) {
  Lines lines;
  while (lines.empty() && !child.ended()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    lines = child.lines();
  }
  return lines.empty() ? "" : lines[0];
}

int code_of(const std::string& script) {
  Child child(shell(script));
  return child.wait();
}

bool appears(const std::filesystem::path& file) {
  for (int i = 0; i < 1000 && !std::filesystem::exists(file); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return std::filesystem::exists(file);
}

// In a process that dies of it: starts the script, and ends at once when its first line is there.
void die_after_start(const std::string& script) {
  Child child(shell(script));
  first_line(child);
  ::kill(::getpid(), SIGKILL);
}

}  // namespace

TEST_CASE("a child's standard error is read by lines, its output is not", "[study]") {
  Child child(shell("echo seen nowhere; printf 'one\\n\\ntwo\\nhalf' >&2; exit 7"));
  CHECK(all_lines(child) == Lines{"one", "", "two", "half"});
  CHECK(child.wait() == 7);
}

TEST_CASE("a line of a child without an end does not grow for ever", "[study]") {
  Child child(shell("head -c 20000 /dev/zero | tr '\\0' x >&2"));
  const Lines lines = all_lines(child);
  std::size_t all = 0;
  for (const std::string& line : lines) all += line.size();
  CHECK(all == 20000);
  CHECK(child.wait() == 0);
}

TEST_CASE("a child's end is its code, or the signal that ended it", "[study]") {
  CHECK(code_of("exit 0") == 0);
  CHECK(code_of("exit 130") == 130);
  CHECK(code_of("kill -9 $$") == 128 + SIGKILL);
  CHECK(code_of("kill -USR1 $$") == 128 + SIGUSR1);
}

TEST_CASE("a child is asked to stop, whether it listens yet or not", "[study]") {
  Child deaf(shell("echo there >&2; exec sleep 60"));
  CHECK(first_line(deaf) == "there");
  deaf.ask_to_stop();
  CHECK(deaf.wait() == 130);
  Child polite(shell("trap 'exit 5' USR1; echo there >&2; while :; do sleep 0.02; done"));
  CHECK(first_line(polite) == "there");
  polite.ask_to_stop();
  polite.ask_to_stop();
  CHECK(polite.wait() == 5);
}

TEST_CASE("a child gets this process's environment and what is laid over it", "[study]") {
  ::setenv("SEG_TEST_KEPT", "kept", 1);
  ::setenv("SEG_TEST_OVER", "under", 1);
  ChildCommand command = shell("echo \"$SEG_TEST_KEPT $SEG_TEST_OVER $SEG_TEST_NEW\" >&2");
  command.environment = {{"SEG_TEST_OVER", "over it"}, {"SEG_TEST_NEW", "new"}};
  Child child(command);
  CHECK(all_lines(child) == Lines{"kept over it new"});
  ::unsetenv("SEG_TEST_KEPT");
  ::unsetenv("SEG_TEST_OVER");
}

TEST_CASE("a child that is dropped is gone, one that is moved is not", "[study]") {
  pid_t process = 0;
  {
    Child first(shell("echo $$ >&2; exec sleep 60"));
    const Child child = std::move(first);
    Child last = Child(shell("exit 3"));
    CHECK(last.wait() == 3);
  }
  {
    Child child(shell("echo $$ >&2; exec sleep 60"));
    process = std::stoi(first_line(child));
    CHECK(::kill(process, 0) == 0);
  }
  CHECK(::kill(process, 0) != 0);
}

TEST_CASE("a program that is not there is named", "[study]") {
  const std::string what =
      test::error_of([] { Child child({{"/nowhere/segtrain"}}); }, ErrorKind::failure);
  CHECK(what ==
        "/nowhere/segtrain cannot be started (No such file or directory); build or install it");
}

TEST_CASE("a child whose parent dies is asked to stop", "[study]") {
  const test::TemporaryFolder folder;
  const std::filesystem::path file = folder.path / "stopped";
  const pid_t parent = ::fork();
  if (parent == 0)
    die_after_start("trap 'echo 1 > " + file.string() +
                    "; exit 0' TERM; echo there >&2; while :; do sleep 0.02; done");
  int status = 0;
  ::waitpid(parent, &status, 0);
  CHECK(WIFSIGNALED(status));
  CHECK(appears(file));
}

}  // namespace seg
