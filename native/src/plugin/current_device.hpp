// Which device the calling thread works on.
#pragma once

namespace convnet::plugin {

/// Makes a device the calling thread's while it lives.
class CurrentDevice {
public:
    explicit CurrentDevice(int index);
    CurrentDevice(const CurrentDevice&) = delete;
    CurrentDevice& operator=(const CurrentDevice&) = delete;
    ~CurrentDevice();

private:
    int previous_ = -1;  // when it was another
};

}  // namespace convnet::plugin
