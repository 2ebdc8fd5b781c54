// SPDX-License-Identifier: MIT
// ctest runs every test as a process of its own, several at once, and folders of temporary files are common
// to all of them, other users' included: a fixed name there is written by one test while another executes
// or removes it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include <gtest/gtest.h>

/// A folder that no other test has; the destructor removes it with its contents.
class OwnFolder {
public:
    OwnFolder() {
        std::string name = testing::TempDir() + "adyton-test-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no folder " << name;
        path_ = name;
    }
    ~OwnFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    OwnFolder(const OwnFolder&) = delete;
    OwnFolder& operator=(const OwnFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path operator/(const std::filesystem::path& name) const {
        return path_ / name;
    }

private:
    std::filesystem::path path_;
};
