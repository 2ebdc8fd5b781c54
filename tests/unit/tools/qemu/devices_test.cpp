// SPDX-License-Identifier: MIT
// Disks and network cards as typed, and what QEMU is told about them.
#include "tools/qemu/devices.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/unit/own_folder.hpp"
#include "tools/run/options.hpp"

namespace tools::qemu {
namespace {

/// A file that exists as long as the test.
class DeviceFiles : public testing::Test {
protected:
    std::string file(const std::string& name) {
        const auto path = folder_ / name;
        std::ofstream{path} << "disk";
        return path.string();
    }

private:
    OwnFolder folder_;
};

std::string sentence(const auto& result) { return result ? "" : result.error().sentence; }

/// Values of all `name` options, one a line.
std::string values(const Options& list, std::string_view name) {
    std::string text;
    for (const auto& [option, value] : list)
        if (option == name) text += value + "\n";
    return text;
}

TEST_F(DeviceFiles, ChangesAreKeptUnlessTheUserSaysOtherwise) {
    const std::string name = file("a");
    EXPECT_EQ(*parse_disk(name), (Disk{name, DiskMode::Kept}));
    EXPECT_EQ(*parse_disk(name + ",ro"), (Disk{name, DiskMode::ReadOnly}));
    EXPECT_EQ(*parse_disk(name + ",snapshot"), (Disk{name, DiskMode::Snapshot}));
}

TEST_F(DeviceFiles, WhatIsNoDiskIsRefused) {
    EXPECT_NE(sentence(parse_disk("/no/such/file")).find("there is no such file"), std::string::npos);
    EXPECT_NE(sentence(parse_disk(file("b") + ",rw")).find("FILE,ro"), std::string::npos);
    EXPECT_NE(sentence(parse_disk("/tmp")).find("is a folder"), std::string::npos);
    EXPECT_NE(sentence(parse_disk("")).find("there is no such file"), std::string::npos);
}

TEST_F(DeviceFiles, NamesFollowTheOrderAndCommasStayInTheName) {
    const Disk first{file("c,d"), DiskMode::Snapshot},
        second{file("e.qcow2"), DiskMode::ReadOnly, DiskFormat::Qcow2};
    Options list;
    add_disk(list, first, 0);
    add_disk(list, second, 1);
    const std::string drives = values(list, "-drive"), devices = values(list, "-device");
    EXPECT_NE(drives.find("id=vda,format=raw,"), std::string::npos);
    EXPECT_NE(drives.find("c,,d,snapshot=on\n"), std::string::npos);
    EXPECT_NE(drives.find("id=vdb,format=qcow2,"), std::string::npos);
    EXPECT_NE(drives.find("e.qcow2,readonly=on\n"), std::string::npos);
    EXPECT_LT(devices.find("serial=vda"), devices.find("serial=vdb"));
}

TEST_F(DeviceFiles, ADiskIsRawWhateverTheGuestWroteOnIt) {
    const std::string name = file("raw.img");
    std::ofstream{name} << "QFI\xfb";  // the beginning of qcow2: read as that, its base would be any file
    EXPECT_NE(sentence(parse_disk(name)).find("format=raw"), std::string::npos);
    Options list;
    add_disk(list, *parse_disk(name + ",format=raw"), 0);
    EXPECT_NE(values(list, "-drive").find("format=raw"), std::string::npos);
}

TEST_F(DeviceFiles, EveryDeviceIsBehindAnIommu) {
    Options list;
    add_disk(list, 10, "");
    add_disk(list, Disk{file("f")}, 0);
    add_net(list, "user");
    for (const auto& [option, value] : list)
        if (option == std::string_view{"-device"})
            EXPECT_NE(value.find("iommu_platform=on"), std::string::npos) << value;
}

TEST(Net, IsQemusOwnWithForwardedPorts) {
    EXPECT_EQ(*parse_net("user"), "user");
    EXPECT_EQ(*parse_net("user,hostfwd=tcp::2222-:22"), "user,hostfwd=tcp::2222-:22");
    EXPECT_NE(sentence(parse_net("tap")).find("write user"), std::string::npos);
    // Anything else of QEMU's would pass too: a folder of the host's, a program of its own.
    EXPECT_NE(sentence(parse_net("user,smb=/home")).find("is not known"), std::string::npos);
    Options list;
    add_net(list, "user,hostfwd=tcp::1-:2");
    EXPECT_EQ(values(list, "-netdev"), "user,id=net,hostfwd=tcp::1-:2\n");
    list.clear();
    add_net(list, "user");
    EXPECT_EQ(values(list, "-netdev"), "user,id=net\n");
}

TEST_F(DeviceFiles, DisksOfTheUsersReplaceTheBuiltInOne) {
    const run::RawOptions raw{.guest = "linux", .disks = {file("g")}};
    const auto options = run::parse(raw);
    ASSERT_TRUE(options);
    EXPECT_FALSE(options->linux_guest.has_own_disk());
    EXPECT_EQ(options->linux_guest.disks, 1u);
    EXPECT_EQ(options->disks.size(), 1u);
}

TEST_F(DeviceFiles, AreNotForRepeatableRunsOrOtherGuests) {
    using run::parse;
    const std::string name = file("h");
    EXPECT_NE(sentence(parse({.guest = "linux", .disks = {name}, .deterministic = true})).find("exclude"),
              std::string::npos);
    EXPECT_NE(sentence(parse({.guest = "linux", .net = "user", .deterministic = true})).find("exclude"),
              std::string::npos);
    EXPECT_NE(sentence(parse({.disks = {name}})).find("adyton run linux"), std::string::npos);
    EXPECT_NE(sentence(parse({.net = "user"})).find("adyton run linux"), std::string::npos);
    const std::vector<std::string> many(max_disks + 1, name);
    EXPECT_NE(sentence(parse({.guest = "linux", .disks = many})).find("8 times"), std::string::npos);
}

}  // namespace
}  // namespace tools::qemu
