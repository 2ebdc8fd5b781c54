// SPDX-License-Identifier: MIT
// A folder for programs that play others.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace tools::system {

class Scratch : public testing::Test {
protected:
    Scratch() { std::filesystem::create_directories(folder); }
    ~Scratch() override { std::filesystem::remove_all(folder); }
    [[nodiscard]] std::string file(const std::string& name, std::string_view text) const {
        const auto path = folder / name;
        std::ofstream{path} << text;
        return path.string();
    }
    [[nodiscard]] std::string program(const std::string& name, std::string_view script) const {
        const std::string path = file(name, std::string{"#!/bin/sh\n"} + std::string{script});
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        return path;
    }
    std::filesystem::path folder =
        std::filesystem::temp_directory_path() /
        ("system-" + std::to_string(::getpid()) + "-" + testing::UnitTest::GetInstance()->current_test_info()->name());
};

}  // namespace tools::system
