extension Decimal {
    enum Rounding { case halfEven, towardZero, down, up }

    /// Rounds an exact value (`coefficient` plus something below its last digit if `sticky`) to 34 digits.
    static func rounding(
        negative: Bool, _ coefficient: WideInteger, exponent: Int, sticky: Bool = false
    ) -> Decimal {
        var value = coefficient
        var exponent = exponent
        var sticky = sticky
        var last: UInt128 = 0
        var excess = value.decimalDigits - maximumDigits
        if exponent + excess < minimumExponent { excess = minimumExponent - exponent }
        while excess > 0 {
            let step = min(excess, 1 + max(0, min(excess - 1, 37)))
            let cut = value.quotientAndRemainder(dividingBy: WideInteger.powersOfTen[step])
            let unit = WideInteger.powersOfTen[step - 1]
            sticky = sticky || last != 0 || cut.remainder % unit != 0
            last = cut.remainder / unit
            value = cut.quotient
            exponent += step
            excess -= step
        }
        var result = value.low
        if last > 5 || (last == 5 && (sticky || result % 2 == 1)) {
            result += 1
            if result == WideInteger.powersOfTen[maximumDigits] {
                result /= 10
                exponent += 1
            }
        }
        return clamped(negative: negative, result, exponent: exponent)
    }

    /// Brings the exponent into range: zeros are appended where that keeps the value, else it is infinite.
    private static func clamped(negative: Bool, _ coefficient: UInt128, exponent: Int) -> Decimal {
        var coefficient = coefficient
        var exponent = exponent
        if coefficient == 0 { exponent = min(max(exponent, minimumExponent), maximumExponent) }
        while exponent > maximumExponent {
            guard coefficient < WideInteger.powersOfTen[maximumDigits - 1] else { return .infinity(negative: negative) }
            coefficient *= 10
            exponent -= 1
        }
        return Decimal(kind: .finite, isNegative: negative, coefficient: coefficient, exponent: exponent)
    }

    static func + (left: Decimal, right: Decimal) -> Decimal {
        guard left.isFinite, right.isFinite else {
            if left.isNaN || right.isNaN { return .nan }
            if !left.isFinite, !right.isFinite { return left.isNegative == right.isNegative ? left : .nan }
            return left.isFinite ? right : left
        }
        let (upper, lower) = left.exponent >= right.exponent ? (left, right) : (right, left)
        let gap = upper.exponent - lower.exponent
        guard upper.coefficient != 0 else {
            let negative = lower.coefficient == 0 ? left.isNegative && right.isNegative : lower.isNegative
            return Decimal(
                kind: .finite, isNegative: negative, coefficient: lower.coefficient, exponent: lower.exponent)
        }
        if upper.digits + gap > 75 {
            // The lower operand is far below the last digit that is kept: it only decides how to round.
            guard lower.coefficient != 0 else {
                let shift = min(gap, maximumDigits - upper.digits)
                return rounding(
                    negative: upper.isNegative, WideInteger(upper.coefficient).scaled(byPowerOfTen: shift),
                    exponent: upper.exponent - shift)
            }
            let shift = 38 + maximumDigits - upper.digits
            let base = WideInteger(upper.coefficient).scaled(byPowerOfTen: shift)
            let value = upper.isNegative == lower.isNegative ? base : base - WideInteger(1)
            return rounding(negative: upper.isNegative, value, exponent: upper.exponent - shift, sticky: true)
        }
        let big = WideInteger(upper.coefficient).scaled(byPowerOfTen: gap)
        let small = WideInteger(lower.coefficient)
        if upper.isNegative == lower.isNegative {
            return rounding(negative: upper.isNegative, big + small, exponent: lower.exponent)
        }
        if big == small {
            return Decimal(kind: .finite, isNegative: false, coefficient: 0, exponent: lower.exponent)
        }
        return small < big
            ? rounding(negative: upper.isNegative, big - small, exponent: lower.exponent)
            : rounding(negative: lower.isNegative, small - big, exponent: lower.exponent)
    }

    static func - (left: Decimal, right: Decimal) -> Decimal { left + right.negated }

    static func * (left: Decimal, right: Decimal) -> Decimal {
        let negative = left.isNegative != right.isNegative
        guard left.isFinite, right.isFinite else {
            if left.isNaN || right.isNaN || left.isZero || right.isZero { return .nan }
            return .infinity(negative: negative)
        }
        let product = WideInteger(product: left.coefficient, right.coefficient)
        return rounding(negative: negative, product, exponent: left.exponent + right.exponent)
    }

    static func / (left: Decimal, right: Decimal) -> Decimal {
        let negative = left.isNegative != right.isNegative
        if left.isNaN || right.isNaN { return .nan }
        if !left.isFinite { return right.isFinite ? .infinity(negative: negative) : .nan }
        if !right.isFinite {
            return Decimal(kind: .finite, isNegative: negative, coefficient: 0, exponent: minimumExponent)
        }
        if right.coefficient == 0 { return left.coefficient == 0 ? .nan : .infinity(negative: negative) }
        let preferred = left.exponent - right.exponent
        guard left.coefficient != 0 else { return clamped(negative: negative, 0, exponent: preferred) }
        let shift = max(0, maximumDigits + 1 + right.digits - left.digits)
        let scaled = WideInteger(left.coefficient).scaled(byPowerOfTen: shift)
        let (quotient, remainder) = scaled.quotientAndRemainder(dividingBy: right.coefficient)
        guard remainder == 0 else {
            return rounding(negative: negative, quotient, exponent: preferred - shift, sticky: true)
        }
        return strippingZeros(negative: negative, quotient, exponent: preferred - shift, preferred: preferred)
    }

    /// The remainder with the sign of the dividend.
    func remainder(dividingBy divisor: Decimal) -> Decimal {
        if isNaN || divisor.isNaN || !isFinite || divisor.isZero { return .nan }
        guard divisor.isFinite else { return self }
        let exponent = min(self.exponent, divisor.exponent)
        guard self.exponent - exponent <= 40, divisor.exponent - exponent <= 40 else {
            if divisor.exponent > self.exponent { return self }
            return slowRemainder(dividingBy: divisor)
        }
        var rest = WideInteger(coefficient).scaled(byPowerOfTen: self.exponent - exponent)
        let modulus = WideInteger(divisor.coefficient).scaled(byPowerOfTen: divisor.exponent - exponent)
        var shift = 0
        while shift < 128, !(rest < modulus << (shift + 1)), (modulus << (shift + 1)).high >> 126 == 0 { shift += 1 }
        while shift >= 0 {
            let step = modulus << shift
            while !(rest < step) { rest = rest - step }
            shift -= 1
        }
        return Decimal.rounding(negative: isNegative, rest, exponent: exponent)
    }

    private func slowRemainder(dividingBy divisor: Decimal) -> Decimal {
        var rest = coefficient % divisor.coefficient
        for _ in 0..<(exponent - divisor.exponent) {
            rest = (rest * 10) % divisor.coefficient
        }
        return Decimal(kind: .finite, isNegative: isNegative, coefficient: rest, exponent: divisor.exponent)
    }

    var squareRoot: Decimal {
        if isNaN || isZero { return self }
        if isNegative { return .nan }
        guard isFinite else { return self }
        let preferred = exponent >= 0 ? exponent / 2 : (exponent - 1) / 2
        var shift = 70 - digits
        if (exponent - shift) % 2 != 0 { shift -= 1 }
        let scaled = WideInteger(coefficient).scaled(byPowerOfTen: shift)
        let (root, exact) = scaled.squareRoot
        let exponent = (self.exponent - shift) / 2
        guard exact else { return .rounding(negative: false, WideInteger(root), exponent: exponent, sticky: true) }
        return Decimal.strippingZeros(negative: false, WideInteger(root), exponent: exponent, preferred: preferred)
    }

    /// An exact result takes the exponent nearest to the preferred one.
    private static func strippingZeros(
        negative: Bool, _ value: WideInteger, exponent: Int, preferred: Int
    ) -> Decimal {
        var value = value
        var exponent = exponent
        while exponent < preferred {
            let cut = value.quotientAndRemainder(dividingBy: 10)
            guard cut.remainder == 0 else { break }
            value = cut.quotient
            exponent += 1
        }
        return rounding(negative: negative, value, exponent: exponent)
    }

    /// Rounds away the digits below `10^place`; a value that has none is returned as it is.
    func rounded(toExponent place: Int, _ rule: Rounding) -> Decimal {
        guard isFinite, exponent < place else { return self }
        let drop = place - exponent
        guard drop <= 38 else {
            let away = coefficient != 0 && (rule == .up && !isNegative || rule == .down && isNegative)
            return Decimal(kind: .finite, isNegative: isNegative, coefficient: away ? 1 : 0, exponent: place)
        }
        let unit = WideInteger.powersOfTen[drop]
        let (quotient, remainder) = coefficient.quotientAndRemainder(dividingBy: unit)
        let half = unit / 2
        let bump =
            switch rule {
            case .towardZero: false
            case .down: isNegative && remainder != 0
            case .up: !isNegative && remainder != 0
            case .halfEven: remainder > half || (remainder == half && quotient % 2 == 1)
            }
        return Decimal(
            kind: .finite, isNegative: isNegative, coefficient: bump ? quotient + 1 : quotient, exponent: place)
    }

    /// Numeric order; NaN equals NaN and is below everything else.
    static func compare(_ left: Decimal, _ right: Decimal) -> Int {
        if left.isNaN || right.isNaN { return left.isNaN ? (right.isNaN ? 0 : -1) : 1 }
        if left.isZero, right.isZero { return 0 }
        if left.isZero { return right.isNegative ? 1 : -1 }
        if right.isZero { return left.isNegative ? -1 : 1 }
        if left.isNegative != right.isNegative { return left.isNegative ? -1 : 1 }
        let order = compareMagnitudes(left, right)
        return left.isNegative ? -order : order
    }

    private static func compareMagnitudes(_ left: Decimal, _ right: Decimal) -> Int {
        guard left.isFinite, right.isFinite else {
            return left.isFinite ? -1 : right.isFinite ? 1 : 0
        }
        let leading = (left.digits + left.exponent) - (right.digits + right.exponent)
        guard leading == 0 else { return leading < 0 ? -1 : 1 }
        let exponent = min(left.exponent, right.exponent)
        let first = WideInteger(left.coefficient).scaled(byPowerOfTen: left.exponent - exponent)
        let second = WideInteger(right.coefficient).scaled(byPowerOfTen: right.exponent - exponent)
        return first == second ? 0 : first < second ? -1 : 1
    }
}
