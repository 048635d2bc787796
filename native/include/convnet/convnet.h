/**
 * @file convnet.h
 * The C interface of ConvNet: include this one.
 */
#ifndef CONVNET_H
#define CONVNET_H

#include "blob.h"
#include "device.h"
#include "diagnostics.h"
#include "layer.h"
#include "status.h"
#include "tensor.h"
#include "version.h"

#endif
