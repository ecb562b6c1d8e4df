"""PDFs whose pages are pictures and nothing else, as scanners make them."""

import io

from glyphgate.picture_size import picture_size


def scanned(jpegs, dots_an_inch):
    """A PDF with a page for each JPEG, of the size that it has at so many dots an inch. The JPEGs are grey."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>",
               f"<< /Type /Pages /Kids [{' '.join(f'{3 + 3 * n} 0 R' for n in range(len(jpegs)))}] /Count {len(jpegs)} >>"]
    bodies = [text.encode() for text in objects]
    for n, jpeg in enumerate(jpegs):
        width, height = picture_size(io.BytesIO(jpeg))
        size = f"{width * 72 / dots_an_inch:.4f}", f"{height * 72 / dots_an_inch:.4f}"
        shown = f"q {size[0]} 0 0 {size[1]} 0 0 cm /I Do Q".encode()
        bodies += [f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]} {size[1]}] /Contents {4 + 3 * n} 0 R "
                   f"/Resources << /XObject << /I {5 + 3 * n} 0 R >> >> >>".encode(),
                   b"<< /Length %d >>\nstream\n%b\nendstream" % (len(shown), shown),
                   f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray "
                   f"/BitsPerComponent 8 /Filter /DCTDecode /Length {len(jpeg)} >>\nstream\n".encode() + jpeg +
                   b"\nendstream"]
    file, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    file += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return bytes(file) + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, table)
