"""script/fold-models on small networks: what comes out computes the same, and in the steps that remain."""

import hashlib
import importlib.machinery
import importlib.util
import pathlib
import unittest

try:
    import numpy
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError as missing:
    raise unittest.SkipTest("needs Debian's python3-onnx; script/setup-parts installs it") from missing

SCRIPT = pathlib.Path(__file__).resolve().parent.parent.parent / "script/fold-models"


def load_script():
    spec = importlib.util.spec_from_loader("fold_models", importlib.machinery.SourceFileLoader("fold_models", str(SCRIPT)))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


fold_models = load_script()


def convolved(x, weight, bias, pad, transposed=False):
    """One picture, stride 1, all channels to all; kernels of one pixel where transposed."""
    if transposed:
        weight = weight.transpose(1, 0, 2, 3)
    x = numpy.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    height, width = x.shape[2] - weight.shape[2] + 1, x.shape[3] - weight.shape[3] + 1
    out = numpy.zeros((1, weight.shape[0], height, width))
    for i in range(weight.shape[2]):
        for j in range(weight.shape[3]):
            out += numpy.einsum("oc,nchw->nohw", weight[:, :, i, j], x[:, :, i:i + height, j:j + width])
    return out + bias.reshape(1, -1, 1, 1)


def computed(model, x):
    values = {tensor.name: numpy_helper.to_array(tensor).astype(float) for tensor in model.graph.initializer} | {"x": x}
    for node in model.graph.node:
        known = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
        a, *rest = (values[name] for name in node.input)
        match node.op_type:
            case "Constant":
                value = numpy_helper.to_array(known["value"]).astype(float)
            case "Add":
                value = a + rest[0]
            case "Mul":
                value = a * rest[0]
            case "Div":
                value = a / rest[0]
            case "Clip":
                value = numpy.clip(a, known["min"], known["max"])
            case "HardSigmoid":
                value = numpy.clip(known["alpha"] * a + known["beta"], 0, 1)
            case "BatchNormalization":
                scale, offset, mean, variance = (each.reshape(1, -1, 1, 1) for each in rest)
                value = (a - mean) / numpy.sqrt(variance + known["epsilon"]) * scale + offset
            case "Conv" | "ConvTranspose":
                bias = rest[1] if len(rest) > 1 else numpy.zeros(1)
                value = convolved(a, rest[0], bias, known.get("pads", [0])[0], node.op_type == "ConvTranspose")
        values[node.output[0]] = value
    return values[model.graph.output[0].name]


class Network:
    """Nodes in a row, each taking what the one before it gives."""

    def __init__(self, seed):
        print(f"seed {seed}")
        self.random = numpy.random.default_rng(seed)
        self.nodes, self.constants, self.last = [], [], "x"

    def constant(self, value):
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(numpy.asarray(value, numpy.float32), name))
        return name

    def add(self, kind, *inputs, **attributes):
        self.nodes.append(helper.make_node(kind, list(inputs), [f"value{len(self.nodes)}"], **attributes))
        self.last = self.nodes[-1].output[0]
        return self.last

    def convolution(self, size=1, pad=0, kind="Conv", bias=True):
        weights = [self.constant(self.random.normal(size=(3, 3, size, size)))]
        weights += [self.constant(self.random.normal(size=3))] if bias else []
        return self.add(kind, self.last, *weights, **({"pads": [pad] * 4} if pad else {}))

    def scale(self, factor):
        return self.add("Mul", self.constant([factor]), self.last)

    def offset(self, number):
        return self.add("Add", self.last, self.constant([number]))

    def normalise(self):
        constants = [self.constant(self.random.uniform(0.5, 2, size=3)) for _ in range(4)]
        return self.add("BatchNormalization", self.last, *constants, epsilon=1e-5)

    def hard_swish(self):
        x = self.last
        shifted = self.add("Add", x, self.constant(3))
        clipped = self.add("Clip", shifted, min=0.0, max=6.0)
        self.add("Mul", x, clipped)
        return self.add("Div", self.last, self.constant(6))

    def model(self):
        shape = [1, 3, None, None]
        graph = helper.make_graph(self.nodes, "network", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                                  [helper.make_tensor_value_info(self.last, TensorProto.FLOAT, shape)], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 9)], ir_version=8)


def folded(model):
    network = fold_models.Network(onnx.ModelProto.FromString(model.SerializeToString()))
    fold_models.fold_all(network)
    return onnx.ModelProto.FromString(network.saved())


class FoldModels(unittest.TestCase):
    def assert_same(self, network, steps):
        """The same output, border included, and these steps."""
        model = network.model()
        after = folded(model)
        x = network.random.normal(size=(1, 3, 6, 7)) * 3
        numpy.testing.assert_allclose(computed(after, x), computed(model, x), rtol=1e-4, atol=1e-4)
        self.assertEqual([node.op_type for node in after.graph.node], steps)

    def test_what_is_behind_a_convolution_goes_into_it(self):
        for bias in (True, False):
            network = Network(1)
            network.convolution(3, 1, bias=bias)
            network.normalise()
            network.scale(0.7)
            network.offset(-2)
            network.convolution()
            self.assert_same(network, ["Conv", "Conv"])

    def test_a_transposed_convolution_too(self):
        network = Network(2)
        network.convolution(kind="ConvTranspose")
        network.normalise()
        network.convolution()
        self.assert_same(network, ["ConvTranspose", "Conv"])

    def test_a_hard_swish_takes_two_steps_and_what_is_behind_it_goes_into_the_next_convolution(self):
        network = Network(3)
        network.convolution()
        network.hard_swish()
        network.scale(1.9)
        network.offset(0.4)
        network.convolution()
        self.assert_same(network, ["Conv", "HardSigmoid", "Mul", "Conv"])

    def test_an_offset_before_a_convolution_that_pads_stays(self):
        network = Network(4)
        network.convolution()
        network.hard_swish()
        network.scale(1.9)
        network.offset(0.4)
        network.convolution(3, 1)
        self.assert_same(network, ["Conv", "HardSigmoid", "Mul", "Add", "Conv"])

    def test_what_somebody_else_uses_stays(self):
        network = Network(5)
        before = network.convolution()
        network.scale(2)
        network.add("Add", before, network.last)
        self.assert_same(network, ["Conv", "Mul", "Add"])

    def test_weights_of_two_convolutions_stay(self):
        network = Network(6)
        network.convolution()
        weights = network.nodes[-1].input[1:]
        network.scale(2)
        network.add("Conv", network.last, *weights)
        self.assert_same(network, ["Conv", "Mul", "Conv"])

    def test_what_looks_like_a_hard_swish_and_is_none_stays(self):
        network = Network(7)
        network.convolution()
        x = network.last
        network.add("Add", x, network.constant(3))
        network.add("Clip", network.last, min=0.0, max=5.0)
        network.add("Mul", x, network.last)
        network.add("Div", network.last, network.constant(6))
        self.assert_same(network, ["Conv", "Add", "Clip", "Mul", "Div"])

    def test_the_bytes_are_the_same_each_time(self):
        sums = set()
        for _ in range(2):
            network = Network(8)
            network.convolution(3, 1)
            network.normalise()
            network.hard_swish()
            network.scale(1.1)
            network.convolution()
            sums.add(hashlib.sha256(folded(network.model()).SerializeToString(deterministic=True)).hexdigest())
        self.assertEqual(len(sums), 1)


if __name__ == "__main__":
    unittest.main()
