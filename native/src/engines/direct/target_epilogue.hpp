// An Epilogue in the type of a pass.
#pragma once

namespace convnet::direct {

template <class T>
struct TargetEpilogue {
    const T* bias;  ///< One value for each target channel of all groups, or null.
    T slope;        ///< What results that are not above 0 are multiplied by; 1 leaves them.
};

}  // namespace convnet::direct
